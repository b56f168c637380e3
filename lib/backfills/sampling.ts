/**
 * Reservoir sampling: where the `nth` candidate (from 1) goes in a sample of `size`, or that it is passed over. Every candidate has the
 * same chance, and only the sample is kept.
 */
export function slotFor(nth: number, size: number, random: () => number): number | undefined {
  if (nth <= size) return nth - 1;
  const slot = Math.floor(random() * nth);
  return slot < size ? slot : undefined;
}
