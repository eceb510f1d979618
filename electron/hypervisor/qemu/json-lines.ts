import type { Socket } from 'node:net';

/** More than any message of ours has: a picture of 8192 pixels' width. */
const maxLineLength = 256 * 1024 ** 2;

/** Calls `take` with each line of a socket until it returns false; the rest, if any, is left in the socket. */
export function readLines(socket: Socket, take: (line: string) => boolean): void {
  let pieces: Buffer[] = [];
  let length = 0;
  const onData = (bytes: Buffer) => {
    let rest = bytes;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      const line = Buffer.concat([...pieces, rest.subarray(0, end)]).toString('utf8');
      pieces = [];
      length = 0;
      rest = rest.subarray(end + 1);
      if (take(line)) continue;
      socket.off('data', onData);
      socket.pause();
      if (rest.length > 0) socket.unshift(rest);
      return;
    }
    length += rest.length;
    if (length > maxLineLength) socket.destroy(new Error('A message is too long.'));
    else if (rest.length > 0) pieces.push(rest);
  };
  socket.on('data', onData);
}

/** The JSON of a line; undefined if it is none. */
export function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    return undefined;
  }
}
