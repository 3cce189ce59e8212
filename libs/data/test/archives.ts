/** Packed files for tests, made by Python, whose standard library has gzip, xz and zip. */
import { execFileSync } from 'node:child_process';

/** Text, or what is packed already, in a gzip or xz file. */
export function packed(form: 'gzip' | 'xz', content: string | Buffer): Buffer {
  const module = form === 'gzip' ? 'gzip' : 'lzma';
  const script = `import sys, ${module}; sys.stdout.buffer.write(${module}.compress(sys.stdin.buffer.read()))`;
  return execFileSync('python3', ['-c', script], { input: content });
}

const zipScript = `
import sys, json, zipfile
path, entries = sys.argv[1], json.load(sys.stdin)
with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as zip:
    for name, text in entries.items():
        zip.writestr(name, text)
`;

/** Writes a zip of texts by their names, which may be ones that lead out of it. */
export function writeZip(path: string, entries: Readonly<Record<string, string>>): void {
  execFileSync('python3', ['-c', zipScript, path], { input: JSON.stringify(entries) });
}

const bombScript = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as zip, zip.open('pairs.tsv', 'w') as text:
    block = b'x' * 500000 + b'\\t' + b'y' * 500000 + b'\\n'
    for _ in range(int(sys.argv[2]) // len(block)):
        text.write(block)
`;

/** Writes a zip of one text of so many bytes, the same long pair again and again. */
export function writeZipBomb(path: string, bytes: number): void {
  execFileSync('python3', ['-c', bombScript, path, String(bytes)]);
}

/** `eins TAB one LF zwei TAB two LF` as the command `zstd` packs it; Node has an encoder from version 22.15 on alone. */
export const zstdOfTwoPairs = Buffer.from('KLUv/QRYkQAAZWlucwlvbmUKendlaQl0d28KO7ggkQ==', 'base64');
