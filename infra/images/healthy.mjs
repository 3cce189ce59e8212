/** `node healthy.mjs URL` exits with 0 when the address answers with success; the images have no curl. */
const answer = await fetch(process.argv[2], { signal: AbortSignal.timeout(4_000) });
process.exitCode = answer.ok ? 0 : 1;
