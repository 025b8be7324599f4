// Signing in by authorisation code with PKCE S256 (RFC 7636), state and nonce (OpenID Connect Core §3.1).
// Tokens live in sessionStorage: they end with the tab.
import { texts } from "./texts.js";

const TOKENS = "quartet.tokens";
const PENDING = "quartet.sign-in";
const RENEW_BEFORE_MS = 60000;

export class SignInNeeded extends Error {}

export class Session {
  constructor(config) {
    this.config = config;
    this.tokens = JSON.parse(sessionStorage.getItem(TOKENS) || "null");
    this.renewal = null;
  }

  get isSignedIn() {
    return this.tokens !== null;
  }

  get person() {
    const claims = this.tokens?.id_token ? claimsOf(this.tokens.id_token) : {};
    return claims.name || claims.email || "";
  }

  get subject() {
    return this.tokens?.id_token ? claimsOf(this.tokens.id_token).sub : "";
  }

  async begin() {
    const pending = { verifier: random(48), state: random(24), nonce: random(24), place: location.hash };
    sessionStorage.setItem(PENDING, JSON.stringify(pending));
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(pending.verifier));
    const query = new URLSearchParams({
      response_type: "code",
      client_id: this.config.client_id,
      redirect_uri: this.config.redirect_uri,
      scope: this.config.scopes.join(" "),
      state: pending.state,
      nonce: pending.nonce,
      code_challenge: base64url(new Uint8Array(digest)),
      code_challenge_method: "S256",
    });
    location.assign(`${this.config.authorize_url}?${query}`);
  }

  // Takes the answer of the identity provider out of the address, if there is one. Throws an Error with the reason.
  async finish() {
    const answer = new URLSearchParams(location.search);
    if (!answer.has("code") && !answer.has("error")) {
      if (location.search) history.replaceState(null, "", location.pathname + location.hash);
      return;
    }
    const pending = JSON.parse(sessionStorage.getItem(PENDING) || "null");
    sessionStorage.removeItem(PENDING);
    history.replaceState(null, "", location.pathname + (pending?.place || ""));
    // A reload with the old address: the tokens are here already.
    if (!pending && this.isSignedIn) return;
    if (!pending || answer.get("state") !== pending.state) throw new Error(texts.signIn.stale);
    if (answer.has("error")) throw new Error(answer.get("error_description") || answer.get("error"));
    await this.#exchange({
      grant_type: "authorization_code",
      code: answer.get("code"),
      redirect_uri: this.config.redirect_uri,
      code_verifier: pending.verifier,
    });
    if (claimsOf(this.tokens.id_token).nonce !== pending.nonce) {
      this.forget();
      throw new Error(texts.signIn.stale);
    }
  }

  // A token that is good for a minute at least. Throws SignInNeeded.
  async accessToken() {
    if (!this.tokens) throw new SignInNeeded();
    if (Date.now() > this.tokens.expires_at - RENEW_BEFORE_MS) await this.renew();
    return this.tokens.access_token;
  }

  // One renewal at a time: a refresh token that is used twice ends the sign-in.
  renew() {
    this.renewal ??= this.#renew().finally(() => {
      this.renewal = null;
    });
    return this.renewal;
  }

  async #renew() {
    if (!this.tokens?.refresh_token) {
      this.forget();
      throw new SignInNeeded();
    }
    try {
      await this.#exchange({ grant_type: "refresh_token", refresh_token: this.tokens.refresh_token });
    } catch (error) {
      // No answer at all is no reason to sign out.
      if (error instanceof TypeError) throw error;
      this.forget();
      throw new SignInNeeded();
    }
  }

  async #exchange(form) {
    const response = await fetch(this.config.token_url, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams({ ...form, client_id: this.config.client_id }),
      credentials: "omit",
    });
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) throw new Error(answer.error_description || answer.error || String(response.status));
    // The newest refresh token replaces the old one; an answer without one leaves it.
    this.tokens = { ...this.tokens, ...answer, expires_at: Date.now() + answer.expires_in * 1000 };
    sessionStorage.setItem(TOKENS, JSON.stringify(this.tokens));
  }

  forget() {
    this.tokens = null;
    sessionStorage.removeItem(TOKENS);
  }

  // Ends the sign-in here and at the identity provider (OpenID Connect RP-Initiated Logout; Cognito's names too).
  end() {
    const hint = this.tokens?.id_token;
    this.forget();
    if (!this.config.end_session_url) {
      location.reload();
      return;
    }
    const query = new URLSearchParams({
      ...(hint ? { id_token_hint: hint } : {}),
      client_id: this.config.client_id,
      post_logout_redirect_uri: this.config.redirect_uri,
      logout_uri: this.config.redirect_uri,
    });
    location.assign(`${this.config.end_session_url}?${query}`);
  }
}

function random(count) {
  return base64url(crypto.getRandomValues(new Uint8Array(count)));
}

function base64url(octets) {
  return btoa(String.fromCharCode(...octets)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

// Claims for show and for the nonce. The token came from the token endpoint itself, so its signature need not be
// checked here (OpenID Connect Core §3.1.3.7, 6).
function claimsOf(token) {
  const payload = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
  const octets = Uint8Array.from(atob(payload), (letter) => letter.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(octets));
}
