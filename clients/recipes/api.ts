/** The generated clients, each request with a fresh access token. */

import createClient, { type Client, type Middleware } from "openapi-fetch";

import type { paths as AccountsPaths } from "./generated/accounts.ts";
import type { paths as TodosPaths } from "./generated/todos.ts";

export type AccountsClient = Client<AccountsPaths>;
export type TodosClient = Client<TodosPaths>;

/** Anything that has an access token: a session of this recipe, or of Amplify. */
export interface TokenSource {
  accessToken(): Promise<string>;
}

export function accountsClient(baseUrl: string, tokens: TokenSource): AccountsClient {
  const client = createClient<AccountsPaths>({ baseUrl });
  client.use(bearer(tokens));
  return client;
}

export function todosClient(baseUrl: string, tokens: TokenSource): TodosClient {
  const client = createClient<TodosPaths>({ baseUrl });
  client.use(bearer(tokens));
  return client;
}

function bearer(tokens: TokenSource): Middleware {
  return {
    async onRequest({ request }) {
      request.headers.set("Authorization", `Bearer ${await tokens.accessToken()}`);
      return request;
    },
  };
}
