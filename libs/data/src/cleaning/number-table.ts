/** A map from whole numbers to whole numbers in typed arrays, for millions of entries: 12 bytes a slot. */

const growthAt = 0.7;

/** Keys are of 0 to 2 ** 53 - 1, values of 0 to 2 ** 32 - 2; open addressing with linear probing. */
export class NumberTable {
  #keys: Float64Array;
  /** Each value plus one; 0 is an empty slot. */
  #values: Uint32Array;
  #size = 0;

  /** @param expected number of keys, for which the table is made; it grows beyond */
  constructor(expected = 0) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(16, expected / growthAt)));
    this.#keys = new Float64Array(slots);
    this.#values = new Uint32Array(slots);
  }

  get size(): number {
    return this.#size;
  }

  get(key: number): number | undefined {
    const value = this.#values[this.#slotOf(key)] ?? 0;
    return value === 0 ? undefined : value - 1;
  }

  /** The value of the key, which gets `value` if it has none yet. */
  getOrSet(key: number, value: number): number {
    const slot = this.#slotOf(key);
    const stored = this.#values[slot] ?? 0;
    if (stored !== 0) return stored - 1;
    this.#keys[slot] = key;
    this.#values[slot] = value + 1;
    this.#size += 1;
    if (this.#size > growthAt * this.#keys.length) this.#grow();
    return value;
  }

  /** The slot that has the key, or the empty one where it belongs. */
  #slotOf(key: number): number {
    const mask = this.#keys.length - 1;
    let slot = mixed(key) & mask;
    while (this.#values[slot] !== 0 && this.#keys[slot] !== key) slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const [keys, values] = [this.#keys, this.#values];
    this.#keys = new Float64Array(keys.length * 2);
    this.#values = new Uint32Array(keys.length * 2);
    for (const [at, key] of keys.entries()) {
      const value = values[at] ?? 0;
      if (value === 0) continue;
      const slot = this.#slotOf(key);
      this.#keys[slot] = key;
      this.#values[slot] = value;
    }
  }
}

/** All bits of the key in the lower ones of the result: MurmurHash3's finalizer over both halves. */
function mixed(key: number): number {
  let bits = (key >>> 0) ^ Math.imul(Math.floor(key / 2 ** 32), 0x9e3779b1);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
