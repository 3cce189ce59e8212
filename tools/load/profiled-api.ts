/**
 * The API with V8's CPU profiler at hand: one SIGUSR2 starts it, the next stops it and writes HONYAKU_PROFILE.
 * `node --cpu-prof` would count the start and all that came before as well.
 */
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';

const session = new Session();
session.connect();
let profiles = false;
process.on('SIGUSR2', () => {
  profiles = !profiles;
  if (profiles) {
    session.post('Profiler.enable');
    session.post('Profiler.start');
    return;
  }
  session.post('Profiler.stop', (error, stopped) => {
    const path = process.env['HONYAKU_PROFILE'];
    if (!error && path !== undefined) writeFileSync(path, JSON.stringify(stopped.profile));
  });
});
const api: string = new URL('../../apps/api/src/main.ts', import.meta.url).href;
await import(api);
