/** Sentence pairs of a small grammar, so that tests of all packages need no download. */
const people = ['私', '彼', '彼女', '友達', '先生', '子供', '母', '父'];
const subjects = ['I', 'He', 'She', 'A friend', 'The teacher', 'The child', 'Mother', 'Father'];
const things = ['本', '林檎', '手紙', '車', '水', '写真', '歌', '切符', '魚', '花'];
const objects = [
  'a book',
  'an apple',
  'a letter',
  'a car',
  'water',
  'a picture',
  'a song',
  'a ticket',
  'fish',
  'flowers',
];
const deeds = ['を見た。', 'を忘れた。', 'が好きだった。', 'を探した。', 'を買った。', 'を待った。'];
const verbs = ['saw', 'forgot', 'liked', 'looked for', 'bought', 'waited for'];

/** Up to 480 different pairs as text lines `source TAB target`. */
export function exampleLines(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const [who, what, deed] = [index % 8, Math.floor(index / 8) % 10, Math.floor(index / 80) % 6];
    return `${people[who]}は${things[what]}${deeds[deed]}\t${subjects[who]} ${verbs[deed]} ${objects[what]}.`;
  });
}

/** All 480 pairs as the text of a corpus. */
export const examplePairs = exampleLines(480)
  .map((line) => `${line}\n`)
  .join('');
