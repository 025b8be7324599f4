/**
 * A mobile application's sign-in (docs/mobile.md): authorisation code with PKCE in the system's browser, one
 * renewal of the tokens at a time, sign-out. The keychain is the system's; everything else is here.
 */

import * as oauth from "oauth4webapi";

export interface Application {
  issuer: string;
  clientId: string;
  /** `org.quartet.todos:/callback`, or an https address that the system hands to the application. */
  redirectUri: string;
  scope: string;
}

export interface Tokens {
  accessToken: string;
  refreshToken: string;
  /** When to ask for new ones, in milliseconds: a minute before the access token ends. */
  renewAt: number;
}

/** What survives a restart, where no other application can read it. */
export interface Keychain {
  load(): Promise<Tokens | undefined>;
  store(tokens: Tokens | undefined): Promise<void>;
}

/** The sign-in has ended: only the user can begin another one. */
export class SignedOut extends Error {}

/** One sign-in under way. Keep it until the system hands back the address that the browser was sent to. */
export interface PendingSignIn {
  address: string;
  state: string;
  nonce: string;
  verifier: string;
}

export class Session {
  readonly #application: Application;
  readonly #keychain: Keychain;
  readonly #client: oauth.Client;
  readonly #options: { [oauth.allowInsecureRequests]: boolean };
  #server: Promise<oauth.AuthorizationServer> | undefined;
  #renewal: Promise<Tokens> | undefined;

  constructor(application: Application, keychain: Keychain) {
    this.#application = application;
    this.#keychain = keychain;
    this.#client = { client_id: application.clientId };
    // Plain http is for an issuer on this very machine.
    this.#options = { [oauth.allowInsecureRequests]: new URL(application.issuer).hostname === "127.0.0.1" };
  }

  /** Where to send the system's browser: never a web view, which could read the password. */
  async begin(): Promise<PendingSignIn> {
    const server = await this.#discover();
    const verifier = oauth.generateRandomCodeVerifier();
    const state = oauth.generateRandomState();
    const nonce = oauth.generateRandomNonce();
    const address = new URL(server.authorization_endpoint!);
    address.search = new URLSearchParams({
      response_type: "code",
      client_id: this.#application.clientId,
      redirect_uri: this.#application.redirectUri,
      scope: this.#application.scope,
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    }).toString();
    return { address: address.href, state, nonce, verifier };
  }

  /** The browser came back. An answer to another sign-in than the pending one is refused. */
  async finish(pending: PendingSignIn, cameBackTo: string): Promise<void> {
    const server = await this.#discover();
    const answer = oauth.validateAuthResponse(server, this.#client, new URL(cameBackTo), pending.state);
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      this.#client,
      oauth.None(),
      answer,
      this.#application.redirectUri,
      pending.verifier,
      this.#options,
    );
    const expected = { expectedNonce: pending.nonce, requireIdToken: true };
    const found = await oauth.processAuthorizationCodeResponse(server, this.#client, response, expected);
    await this.#keychain.store(tokensOf(found));
  }

  /** An access token that is good for another minute at least. */
  async accessToken(): Promise<string> {
    const tokens = await this.#keychain.load();
    if (tokens === undefined) throw new SignedOut("Nobody is signed in.");
    return (Date.now() < tokens.renewAt ? tokens : await this.renew()).accessToken;
  }

  /**
   * New tokens. Whoever asks meanwhile waits for the same ones: a refresh token is good for one use, and one
   * that comes back ends the whole sign-in.
   */
  renew(): Promise<Tokens> {
    this.#renewal ??= this.#exchange().finally(() => (this.#renewal = undefined));
    return this.#renewal;
  }

  /** End this sign-in, at the issuer as well. Without a network the tokens are forgotten all the same. */
  async signOut(): Promise<void> {
    const tokens = await this.#keychain.load();
    await this.#keychain.store(undefined);
    if (tokens === undefined) return;
    const server = await this.#discover();
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(server, this.#client, oauth.None(), tokens.refreshToken, this.#options),
    );
  }

  async #exchange(): Promise<Tokens> {
    const tokens = await this.#keychain.load();
    if (tokens === undefined) throw new SignedOut("Nobody is signed in.");
    const server = await this.#discover();
    try {
      const response = await oauth.refreshTokenGrantRequest(
        server,
        this.#client,
        oauth.None(),
        tokens.refreshToken,
        this.#options,
      );
      const found = await oauth.processRefreshTokenResponse(server, this.#client, response);
      // Cognito without rotation sends no new refresh token: the old one goes on.
      const renewed = tokensOf({ refresh_token: tokens.refreshToken, ...found });
      // Before anything else: the old refresh token is worthless from now on.
      await this.#keychain.store(renewed);
      return renewed;
    } catch (error) {
      // Anything else, no network for one, is no reason to lose the sign-in.
      if (!(error instanceof oauth.ResponseBodyError) || error.error !== "invalid_grant") throw error;
      await this.#keychain.store(undefined);
      throw new SignedOut("The sign-in has ended.", { cause: error });
    }
  }

  #discover(): Promise<oauth.AuthorizationServer> {
    const issuer = new URL(this.#application.issuer);
    this.#server ??= oauth
      .discoveryRequest(issuer, this.#options)
      .then((response) => oauth.processDiscoveryResponse(issuer, response))
      .catch((error: unknown) => {
        this.#server = undefined;
        throw error;
      });
    return this.#server;
  }
}

function tokensOf(found: { access_token: string; refresh_token?: string; expires_in?: number }): Tokens {
  if (found.refresh_token === undefined) throw new Error("The issuer gave no refresh token.");
  return {
    accessToken: found.access_token,
    refreshToken: found.refresh_token,
    renewAt: Date.now() + ((found.expires_in ?? 0) - 60) * 1000,
  };
}
