/** Characters that show nothing and say nothing, which some programs leave within words. */

/**
 * Control characters; the byte order mark, the soft hyphen, the zero-width space, the word joiner and interlinear
 * annotations. Joiners (U+200C, U+200D) and marks of direction are part of how some languages are written.
 */
const unseen =
  /[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u200b\u2060\ufeff\ufff9-\ufffb]/gu;
/** Those that separate lines or words. */
const separators = /[\u000b\u000c\r\u0085\u2028\u2029]+/gu;
const any = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b\u2028\u2029\u2060\ufeff\ufff9-\ufffb]/u;

/** The text without them; the same string where it has none. */
export function withoutControlCharacters(text: string): string {
  return any.test(text) ? text.replace(separators, ' ').replace(unseen, '').trim() : text;
}
