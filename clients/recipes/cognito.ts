/** Sign-in with a form of one's own at Cognito: its SRP protocol by Amplify, without the password on the wire. */

import { Amplify } from "aws-amplify";
import { fetchAuthSession, signIn } from "aws-amplify/auth";

import type { TokenSource } from "./api.ts";

export interface UserPool {
  userPoolId: string;
  clientId: string;
  /** Only where it is not AWS. */
  endpoint?: string;
}

export async function signInAtCognito(pool: UserPool, email: string, password: string): Promise<TokenSource> {
  Amplify.configure({
    Auth: {
      Cognito: {
        userPoolId: pool.userPoolId,
        userPoolClientId: pool.clientId,
        ...(pool.endpoint ? { userPoolEndpoint: pool.endpoint } : {}),
      },
    },
  });
  const { nextStep } = await signIn({
    username: email,
    password,
    options: { authFlowType: "USER_SRP_AUTH" },
  });
  if (nextStep.signInStep !== "DONE") throw new Error(`Cognito asks for more: ${nextStep.signInStep}`);
  return {
    // Amplify renews it by itself.
    async accessToken() {
      const { tokens } = await fetchAuthSession();
      if (tokens === undefined) throw new Error("Nobody is signed in.");
      return tokens.accessToken.toString();
    },
  };
}
