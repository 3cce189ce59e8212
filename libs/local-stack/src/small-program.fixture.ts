/** Serves `/readyz` on the port that PORT names until SIGTERM; what BEHAVIOUR says keeps it from the one or the other. */
import { createServer } from 'node:http';
import { routes } from '@honyaku/contracts';

const { PORT, BEHAVIOUR } = process.env;
if (BEHAVIOUR === 'fails') {
  process.stderr.write('no model at hand\n');
  process.exit(3);
}
createServer((request, response) => {
  response.writeHead(request.url === routes.ready.path && BEHAVIOUR !== 'is never ready' ? 200 : 503).end();
}).listen(Number(PORT), '127.0.0.1');
process.on('SIGTERM', () => {
  if (BEHAVIOUR !== 'ignores SIGTERM') process.exit(0);
});
