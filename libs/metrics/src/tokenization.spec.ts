import { describe, expect, it } from 'vitest';
import { bleu } from './bleu.ts';
import { bleuTokenizationFor } from './tokenization.ts';

describe('the tokenization of BLEU', () => {
  it.each([
    ['en', '13a'],
    ['de', '13a'],
    ['ja', 'char'],
    ['ko', 'char'],
    ['th', 'char'],
    ['zh', 'zh'],
    ['yue', 'zh'],
    ['zh-Hant', 'zh'],
    ['zh-TW', 'zh'],
    ['cmn', 'zh'],
    ['zho', 'zh'],
    ['jpn', 'char'],
    ['bod', 'char'],
    ['pt-BR', '13a'],
  ])('for %s is %s, whatever the text', (language, tokenization) => {
    expect(bleuTokenizationFor(language, ['猫 cat'])).toBe(tokenization);
  });

  it.each([
    ['English', 'The cat said: 猫!', '13a'],
    ['Russian', 'Кошка спит.', '13a'],
    ['Japanese', '私は学生です。', 'char'],
    ['Japanese without kana in most', '東京大学卒業 猫と犬', 'char'],
    ['Chinese', '我是学生。他说：“你好”。', 'zh'],
    ['Thai', 'ฉันเป็นนักเรียน', 'char'],
    ['Korean', '나는 학생이다.', 'char'],
    ['nothing but digits', '1 2 3', '13a'],
  ])('for an unknown language goes by the script: %s', (_, text, tokenization) => {
    expect(bleuTokenizationFor('und', [text])).toBe(tokenization);
  });

  it.each([
    ['Literary Chinese', 'lzh', '子曰：學而時習之。', 'zh'],
    ['Wu', 'wuu', '侬好，世界。', 'zh'],
    ['Hokkien in Han characters', 'nan', '我欲食飯。', 'zh'],
    ['Hokkien in Latin letters', 'nan', 'Góa beh chia̍h-pn̄g.', '13a'],
    ['Burmese, by its bibliographic code', 'bur', 'ကျွန်တော် ကျောင်းသားပါ။', 'char'],
    ['Dzongkha', 'dzo', 'ང་སློབ་ཕྲུག་ཨིན།', 'char'],
    ['Shan', 'shn', 'ၵဝ်ပဵၼ်လုၵ်ႈႁဵၼ်း။', 'char'],
    ['Northern Thai', 'nod', 'ᨲ᩠ᩅᩫᨾᩮᩬᩥᨦ', 'char'],
    ['Russian', 'ru', 'Кошка спит.', '13a'],
    ['Japanese in Latin letters', 'ja-Latn', 'Watashi wa gakusei desu.', '13a'],
  ])('for %s, which the table has not, goes by the script', (_, language, text, tokenization) => {
    expect(bleuTokenizationFor(language, [text])).toBe(tokenization);
  });

  it('finds matches in a Japanese sentence that differs in one word, which 13a takes for one token', () => {
    const [hypothesis, reference] = [['私は昨日東京で本を買った。'], ['私は昨日大阪で本を買った。']];
    expect(bleu(hypothesis, reference, { tokenization: '13a' }).score).toBe(0);
    const { score, signature } = bleu(hypothesis, reference, {
      tokenization: bleuTokenizationFor('und', reference),
    });
    expect(score).toBeGreaterThan(50);
    expect(signature).toContain('tok:char');
  });
});
