import { request } from 'node:https';

const limitMilliseconds = 2_000;

/** Whether the address answers with 200; its certificate has to come from this authority (PEM). */
export function answersSecurely(url: string, authority: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(url, { ca: authority, timeout: limitMilliseconds }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(false));
    asked.end();
  });
}
