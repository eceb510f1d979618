/** Another Tatin: fetches argv[2] into the folder argv[3], and says how many bytes it has, then the path. */
import { downloadIpsw } from '../download.ts';

const [, , url = '', folder = ''] = process.argv;
const work = {
  signal: new AbortController().signal,
  progress: ({ bytesDone }: { bytesDone?: number | undefined }) => console.log(bytesDone ?? 0),
};
console.log(await downloadIpsw({ url, folder }, work));
