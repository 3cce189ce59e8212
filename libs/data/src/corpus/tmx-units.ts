/** The units of a TMX file, from its XML as it comes. Entities are those of XML itself; others are refused. */
import { SaxesParser } from 'saxes';
import { isLanguage } from './corpus-format.ts';
import { invalidLine } from './reading-problems.ts';
import { onOneLine } from './sentence-pairs.ts';
import { longestLineBytes } from './text-lines.ts';

export interface Languages {
  readonly source: string;
  readonly target: string;
}

/** The variants of a unit in the two languages; there may be none. */
export interface TmxUnit {
  /** Where it begins, counted from 1. */
  readonly line: number;
  readonly source: readonly string[];
  readonly target: readonly string[];
}

/** Elements within a segment that hold codes of another format; what they hold is no text. */
const codes: ReadonlySet<string> = new Set(['bpt', 'ept', 'ph', 'it', 'ut']);

/** TMX nests some eight elements. */
const deepestElement = 64;
/** Without an element's begin or end; the parser holds it all. */
const longestStretch = 4 * longestLineBytes;
/** Of languages that an error lists. */
const languagesListed = 20;

export class TmxUnits {
  readonly #parser = new SaxesParser();
  readonly #open: string[] = [];
  #ready: TmxUnit[] = [];
  /** The unit, variant and segment that are read. */
  #unit: { line: number; source: string[]; target: string[]; length: number } | undefined;
  #sides: readonly ('source' | 'target')[] = [];
  #segment: string | undefined;
  /** Characters since the last event. */
  #stretch = 0;
  /** Those of variants, the first few. */
  readonly languages = new Set<string>();

  constructor(
    private readonly name: string,
    private readonly wanted: Languages,
  ) {
    const parser = this.#parser;
    parser.on('error', (error) => {
      throw this.#refusal(`is not XML (${error.message.replace(/^\d+:\d+: /, '')})`);
    });
    parser.on('xmldecl', ({ encoding = 'utf-8' }) => {
      if (!/^(utf-?8|us-ascii)$/i.test(encoding))
        throw this.#refusal(`is declared to be ${encoding}; save the file as UTF-8`);
    });
    parser.on('doctype', (text) => {
      if (text.includes('<!ENTITY'))
        throw this.#refusal('declares entities, which are not read: an external one may name any file');
    });
    parser.on('opentag', ({ name, attributes }) => this.#begin(name, attributes));
    parser.on('text', (text) => this.#addText(text));
    parser.on('cdata', (text) => this.#addText(text));
    parser.on('closetag', ({ name }) => this.#end(name));
  }

  get line(): number {
    return this.#parser.line;
  }

  /** @returns the units that end in this part @throws InvalidInput */
  write(text: string): readonly TmxUnit[] {
    this.#ready = [];
    this.#stretch += text.length;
    this.#parser.write(text);
    if (this.#stretch > longestStretch)
      throw this.#refusal(`holds more than ${longestStretch} characters without a tag`);
    return this.#ready;
  }

  /** @throws InvalidInput where elements are left open, as in a file that is cut off */
  close(): void {
    this.#parser.close();
  }

  #begin(name: string, attributes: Readonly<Record<string, string>>): void {
    this.#stretch = 0;
    if (this.#open.length === 0 && name !== 'tmx')
      throw this.#refusal(`is no TMX: its outermost element is <${name}>`);
    if (this.#open.length === deepestElement)
      throw this.#refusal(`nests more than ${deepestElement} elements`);
    this.#open.push(name);
    if (name === 'tu') this.#unit = { line: this.line, source: [], target: [], length: 0 };
    else if (name === 'tuv') this.#beginVariant(attributes['xml:lang'] ?? attributes['lang']);
    else if (name === 'seg') this.#segment = '';
  }

  #beginVariant(language: string | undefined): void {
    if (language === undefined)
      throw this.#refusal('a variant (tuv) names no language; it needs the attribute xml:lang');
    if (this.languages.size < languagesListed) this.languages.add(language);
    this.#sides = (['source', 'target'] as const).filter((side) => isLanguage(language, this.wanted[side]));
  }

  #addText(text: string): void {
    if (this.#segment === undefined || this.#unit === undefined) return;
    if (this.#open.some((name) => codes.has(name))) return;
    this.#unit.length += text.length;
    if (this.#unit.length > longestStretch)
      throw this.#refusal(`the unit of line ${this.#unit.line} has more than ${longestStretch} characters`);
    this.#segment += text;
  }

  #end(name: string): void {
    this.#stretch = 0;
    this.#open.pop();
    if (name === 'seg') {
      const text = onOneLine(this.#segment ?? '');
      if (text !== '') for (const side of this.#sides) this.#unit?.[side].push(text);
      this.#segment = undefined;
    } else if (name === 'tuv') this.#sides = [];
    else if (name === 'tu' && this.#unit) {
      this.#ready.push(this.#unit);
      this.#unit = undefined;
    }
  }

  #refusal(message: string) {
    return invalidLine(this.name, this.line, message);
  }
}
