/** Values of options, as a person writes them. */
import { NamedLanguage } from '@honyaku/contracts';
import { InvalidArgumentError } from 'commander';

export function wholeNumber(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < low || value > high) {
      throw new InvalidArgumentError(`Give a whole number from ${low} to ${high}.`);
    }
    return value;
  };
}

export function decimalNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('Give a number.');
  return value;
}

export function language(text: string): string {
  const parsed = NamedLanguage.safeParse(text);
  if (!parsed.success) throw new InvalidArgumentError('Give a BCP 47 language tag such as ja, en or pt-BR.');
  return parsed.data;
}

/** An empty one would be the current folder, which nobody named. */
export function path(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('Give a path; this one is empty.');
  return text;
}

/** Values of an option that may be given several times. */
export function collected(value: string, earlier: readonly string[]): string[] {
  return [...earlier, value];
}
