/** All are waited for, also when one of them says that none can succeed: nothing may be under way once the lease is let go. */
export async function all(sent: readonly Promise<unknown>[]): Promise<void> {
  const settled = await Promise.allSettled(sent);
  const failed = settled.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}
