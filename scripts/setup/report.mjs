/**
 * Says where set-up is. On a terminal one line per step that counts its seconds; elsewhere a line at its start and end,
 * and one now and then, so that a log shows life.
 */
export class Report {
  /**
   * @param {{ isTTY?: boolean | undefined, write: (text: string) => unknown }} out
   * @param {number} total how many steps there are
   */
  constructor(out, total) {
    this.out = out;
    this.total = total;
    this.number = 0;
    this.startedAt = Date.now();
  }

  /**
   * Shows a step while it runs. What `work` resolves with is shown after it.
   * @template {string | void} T
   * @param {string} title
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  async step(title, work) {
    this.number += 1;
    const label = `[${this.number}/${this.total}] ${title}`;
    const since = Date.now();
    const terminal = this.out.isTTY === true;
    const show = () =>
      this.out.write(terminal ? `\r\x1b[K${label} … ${seconds(since)}` : `${label} … ${seconds(since)}\n`);
    this.out.write(terminal ? `${label} …` : `${label} …\n`);
    const timer = setInterval(show, terminal ? 1_000 : 30_000);
    const end = (/** @type {string} */ text) => {
      const [first = '', ...rest] = text.split('\n');
      const lines = [`${label}: ${first} (${seconds(since)})`, ...rest];
      this.out.write(`${terminal ? '\r\x1b[K' : ''}${lines.join('\n')}\n`);
    };
    try {
      const result = await work();
      end(result === undefined ? 'done' : result);
      return result;
    } catch (error) {
      end('failed');
      throw error;
    } finally {
      clearInterval(timer);
    }
  }

  /** Counts a step that has nothing to do. @param {string} title */
  skip(title) {
    this.number += 1;
    this.out.write(`[${this.number}/${this.total}] ${title}: up to date\n`);
  }

  /** @param {string} text */
  say(text) {
    this.out.write(`${text}\n`);
  }

  /** Since the report began. */
  elapsed() {
    return seconds(this.startedAt);
  }
}

/** @param {number} since */
function seconds(since) {
  return `${Math.round((Date.now() - since) / 1000)} s`;
}
