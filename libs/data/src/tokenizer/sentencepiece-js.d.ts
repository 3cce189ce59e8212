/** What we use of the package, which has no types of its own. */
declare module 'sentencepiece-js' {
  export class SentencePieceProcessor {
    /** Starts a WebAssembly instance of its own and reads the model into it; a bad model is not reported. */
    load(path: string): Promise<void>;
    encodeIds(text: string): number[];
    decodeIds(ids: number[]): string;
  }
}
