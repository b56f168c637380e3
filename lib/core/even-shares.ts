/** As evenly as whole numbers can be: the first ones get one more. */
export function evenShares(amount: number, shares: number): number[] {
  const left = Math.max(0, amount);
  return Array.from({ length: shares }, (_, index) => Math.floor(left / shares) + (index < left % shares ? 1 : 0));
}
