/** 480 sentence pairs of a small grammar, one a line, source TAB target. */
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
].concat('fish', 'flowers');
const deeds = ['を見た。', 'を忘れた。', 'が好きだった。', 'を探した。', 'を買った。', 'を待った。'];
const verbs = ['saw', 'forgot', 'liked', 'looked for', 'bought', 'waited for'];

export const examplePairs = Array.from({ length: 480 }, (_, index) => {
  const [who, what, deed] = [index % 8, Math.floor(index / 8) % 10, Math.floor(index / 80) % 6];
  return `${people[who]}は${things[what]}${deeds[deed]}\t${subjects[who]} ${verbs[deed]} ${objects[what]}.\n`;
}).join('');
