/** Signs in at Cognito by SRP, and uses API and folder. Prints one line of JSON. */

import { accountsClient, todosClient } from "../../clients/recipes/api.ts";
import { signInAtCognito } from "../../clients/recipes/cognito.ts";
import { Folder } from "../../clients/recipes/folder.ts";

const { api, pool, email, password, foreignKey } = JSON.parse(process.argv[2]!);

const tokens = await signInAtCognito(pool, email, password);
const todos = todosClient(api, tokens);
const made = await todos.POST("/api/todos/v1/todos", { body: { title: "Made with a token of SRP" } });
const read = await todos.GET("/api/todos/v1/todos");
const folder = await Folder.open(accountsClient(api, tokens));
await folder.write("notes/hello.txt", "Hello from JavaScript");
const refused = await folder.readKey(foreignKey).catch((error: Error) => error.name);

const found = {
  token: await tokens.accessToken(),
  status: made.response.status,
  titles: read.data?.items.map((todo) => todo.title),
  names: await folder.list(),
  text: await folder.read("notes/hello.txt"),
  refused,
};
process.stdout.write(`${JSON.stringify(found)}\n`);
