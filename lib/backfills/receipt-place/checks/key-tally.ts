/** FNV-1a, 32 bits, from a given basis. */
function hash(text: string, basis: number): number {
  let value = basis;
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}

/** How many keys there were and which, in constant space: two tallies with the same keys are equal, in whatever order they came. */
export class KeyTally {
  count = 0;
  #low = 0;
  #high = 0;

  add(key: string): void {
    this.count += 1;
    this.#low = (this.#low + hash(key, 0x811c9dc5)) >>> 0;
    this.#high = (this.#high + hash(`${key}\n`, 0x9747b28c)) >>> 0;
  }

  equals(other: KeyTally): boolean {
    return this.count === other.count && this.#low === other.#low && this.#high === other.#high;
  }
}
