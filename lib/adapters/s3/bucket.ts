import { createHash } from 'node:crypto';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { BackfillError } from '../../core/errors.ts';
import type { ObjectStore } from '../objects.ts';

const statusOf = (error: unknown): number | undefined => (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;

const PRECONDITION_FAILED = 412;

/** Two conditional writes of one name at the same moment: S3 asks to try again. */
const CONFLICT = 409;
const CONFLICT_ATTEMPTS = 3;

/** Objects in a bucket. Nothing is ever overwritten by `putNew`, which S3 itself enforces (`If-None-Match: *`). */
export function bucket(client: S3Client, name: string): ObjectStore {
  const put = async (Key: string, Body: Uint8Array, options: { IfNoneMatch?: '*' } = {}): Promise<void> => {
    const ChecksumSHA256 = createHash('sha256').update(Body).digest('base64');
    await client.send(new PutObjectCommand({ Bucket: name, Key, Body, ChecksumSHA256, ...options }));
  };
  const unwritable = (cause: unknown): BackfillError =>
    new BackfillError('artifacts.unwritable', `The artifacts bucket ${name} cannot be written: ${(cause as Error).message}.`, { cause });

  return {
    async putNew(key, body) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          await put(key, body, { IfNoneMatch: '*' });
          return true;
        } catch (error) {
          if (statusOf(error) === PRECONDITION_FAILED) return false;
          if (statusOf(error) !== CONFLICT || attempt === CONFLICT_ATTEMPTS) throw unwritable(error);
        }
      }
    },

    async put(key, body) {
      await put(key, body).catch((error) => {
        throw unwritable(error);
      });
      return `s3://${name}/${key}`;
    },

    async get(key) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: name, Key: key }));
        return await Body?.transformToByteArray();
      } catch (error) {
        if (statusOf(error) === 404) return undefined;
        throw new BackfillError('artifacts.unreadable', `s3://${name}/${key} cannot be read: ${(error as Error).message}.`, {
          cause: error,
        });
      }
    },

    async list(prefix) {
      const names: string[] = [];
      let token: string | undefined;
      do {
        const page = await client.send(
          new ListObjectsV2Command({ Bucket: name, Prefix: prefix, ...(token && { ContinuationToken: token }) }),
        );
        for (const { Key } of page.Contents ?? []) if (Key) names.push(Key);
        token = page.NextContinuationToken;
      } while (token);
      return names;
    },
  };
}
