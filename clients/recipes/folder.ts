/** The user's own folder in S3 with the AWS SDK, which renews the temporary credentials by itself. */

import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";

import type { AccountsClient } from "./api.ts";

export class Folder {
  readonly #s3: S3Client;
  readonly #bucket: string;
  /** Every key in S3 begins with it; the names here do without. */
  readonly prefix: string;

  private constructor(s3: S3Client, bucket: string, prefix: string) {
    this.#s3 = s3;
    this.#bucket = bucket;
    this.prefix = prefix;
  }

  static async open(accounts: AccountsClient): Promise<Folder> {
    const ask = async () => {
      const { data, error } = await accounts.POST("/api/accounts/v1/me/folder/credentials", { body: {} });
      if (data === undefined) throw new Error(`No credentials: ${JSON.stringify(error)}`);
      return data;
    };
    // Kept in memory alone. The SDK asks again before they end.
    let next: Awaited<ReturnType<typeof ask>> | undefined = await ask();
    const { bucket, prefix, region, endpoint_url: endpoint } = next;
    const credentials = async () => {
      const found = next ?? (await ask());
      next = undefined;
      return {
        accessKeyId: found.access_key_id,
        secretAccessKey: found.secret_access_key,
        sessionToken: found.session_token,
        expiration: new Date(found.expires_at),
      };
    };
    // Another address than Amazon's wants the bucket in the path.
    const elsewhere = endpoint ? { endpoint, forcePathStyle: true } : {};
    return new Folder(new S3Client({ region, credentials, ...elsewhere }), bucket, prefix);
  }

  async write(name: string, text: string): Promise<void> {
    const what = { Bucket: this.#bucket, Key: this.prefix + name, Body: text };
    await this.#s3.send(new PutObjectCommand(what));
  }

  async read(name: string): Promise<string> {
    return this.readKey(this.prefix + name);
  }

  /** A key as S3 knows it: outside of `prefix` it is refused. */
  async readKey(key: string): Promise<string> {
    const found = await this.#s3.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }));
    return found.Body!.transformToString();
  }

  async list(): Promise<string[]> {
    const found = await this.#s3.send(
      new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: this.prefix }),
    );
    return (found.Contents ?? []).map((object) => object.Key!.slice(this.prefix.length));
  }
}
