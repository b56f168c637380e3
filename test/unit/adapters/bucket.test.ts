import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { bucket } from '../../../lib/adapters/s3/bucket.ts';

const s3 = mockClient(S3Client);
const objects = bucket(new S3Client({ region: 'us-east-1' }), 'artifacts');
const refusal = (httpStatusCode: number) => Object.assign(new Error(`status ${httpStatusCode}`), { $metadata: { httpStatusCode } });
const body = new TextEncoder().encode('abc');

beforeEach(() => s3.reset());

describe('objects in a bucket', () => {
  test('a new object is sent with If-None-Match and its checksum', async () => {
    s3.on(PutObjectCommand).resolves({});
    expect(await objects.putNew('journal/x', body)).toBe(true);
    expect(s3.commandCalls(PutObjectCommand)[0]?.args[0].input).toStrictEqual({
      Bucket: 'artifacts',
      Key: 'journal/x',
      Body: body,
      ChecksumSHA256: 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=',
      IfNoneMatch: '*',
    });
  });

  test('412: another object stands there', async () => {
    s3.on(PutObjectCommand).rejects(refusal(412));
    expect(await objects.putNew('x', body)).toBe(false);
    expect(s3.calls()).toHaveLength(1);
  });

  test('409: two writes met; tried again, three times in all', async () => {
    s3.on(PutObjectCommand).rejectsOnce(refusal(409)).rejectsOnce(refusal(409)).resolves({});
    expect(await objects.putNew('x', body)).toBe(true);

    s3.reset();
    s3.on(PutObjectCommand).rejects(refusal(409));
    await expect(objects.putNew('x', body)).rejects.toMatchObject({ code: 'artifacts.unwritable' });
    expect(s3.calls()).toHaveLength(3);
  });

  test('anything else is told at once', async () => {
    s3.on(PutObjectCommand).rejects(refusal(403));
    await expect(objects.putNew('x', body)).rejects.toMatchObject({ code: 'artifacts.unwritable' });
    await expect(objects.put('x', body)).rejects.toMatchObject({ code: 'artifacts.unwritable' });
    expect(s3.calls()).toHaveLength(2);
  });

  test('put overwrites: no condition', async () => {
    s3.on(PutObjectCommand).resolves({});
    expect(await objects.put('reports/x', body)).toBe('s3://artifacts/reports/x');
    expect(s3.commandCalls(PutObjectCommand)[0]?.args[0].input).not.toHaveProperty('IfNoneMatch');
  });

  test('404: there is none; other refusals are told', async () => {
    s3.on(GetObjectCommand).rejectsOnce(refusal(404)).rejects(refusal(403));
    expect(await objects.get('x')).toBeUndefined();
    await expect(objects.get('x')).rejects.toMatchObject({ code: 'artifacts.unreadable' });
  });

  test('lists page by page', async () => {
    s3.on(ListObjectsV2Command, { Prefix: 'a/' }).resolves({ Contents: [{ Key: 'a/1' }], NextContinuationToken: 't' });
    s3.on(ListObjectsV2Command, { Prefix: 'a/', ContinuationToken: 't' }).resolves({ Contents: [{ Key: 'a/2' }] });
    expect(await objects.list('a/')).toStrictEqual(['a/1', 'a/2']);
  });
});
