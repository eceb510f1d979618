import { describe, expect, it } from 'vitest';
import { Access, sessionCookie } from './access.ts';
import { maxSessions, sessionIdleMs, sessionMaxMs } from './sessions.ts';

type Request = Parameters<Access['sessionOf']>[0];
const request = (cookie: string | undefined): Request => ({ headers: cookie === undefined ? {} : { cookie } });
const withSession = (session: string | undefined): Request => request(`x=1; ${sessionCookie(1)}=${session ?? ''}; y=2`);

const browser = 'Firefox on Linux';
const here = { address: '127.0.0.1', browser };
const there = (address: string): typeof here => ({ address, browser });
const password = 'correct horse battery';
const hour = 3600_000;

/** The secret of what was let in. */
function secretOf(entry: object): string {
  if (!('secret' in entry) || typeof entry.secret !== 'string') throw new Error(`Refused: ${JSON.stringify(entry)}`);
  return entry.secret;
}

function onClock(given?: string): { access: Access; clock: { nowMs: number } } {
  const clock = { nowMs: 0 };
  return { access: new Access(given, () => clock.nowMs), clock };
}

/** A session by a link. */
const enter = (access: Access, visitor = here): string => secretOf(access.redeemToken(access.issueToken(), visitor));

describe('Access by a link', () => {
  it('takes each token once, and says what became of it', () => {
    const access = new Access();
    const token = access.issueToken();
    const session = secretOf(access.redeemToken(token, here));
    expect(access.redeemToken(token, here)).toEqual({ refused: 'used' });
    expect(access.redeemToken('guess', here)).toEqual({ refused: 'unknown' });
    expect(access.sessionOf(withSession(session), 1)).toBeDefined();
    expect(access.sessionOf(withSession(session), 2)).toBeUndefined();
  });

  it('lets several links be open at once', () => {
    const access = new Access();
    const [one, two] = [access.issueToken(), access.issueToken()];
    expect(one).not.toBe(two);
    secretOf(access.redeemToken(two, here));
    secretOf(access.redeemToken(one, here));
  });

  it('takes no token that is half a day old', () => {
    const { access, clock } = onClock();
    const token = access.issueToken();
    clock.nowMs = 12 * hour + 1;
    expect(access.redeemToken(token, here)).toEqual({ refused: 'too-old' });
  });

  it('keeps a bounded number of links, the newest', () => {
    const access = new Access();
    const tokens = Array.from({ length: 500 }, () => access.issueToken());
    expect(access.redeemToken(tokens[300] ?? '', here)).toEqual({ refused: 'too-old' });
    secretOf(access.redeemToken(tokens[450] ?? '', here));
  });

  it('opens for a right token whatever wrong ones came before, from wherever', () => {
    const { access } = onClock(password);
    const token = access.issueToken();
    for (let index = 0; index < 1000; index++) access.redeemToken(`guess ${index}`, here);
    for (let index = 0; index < 1000; index++) access.redeemPassword(`guess ${index}`, there('192.0.2.1'));
    secretOf(access.redeemToken(token, there('192.0.2.1')));
    enter(access);
  });
});

describe('Access by the password', () => {
  it('has none unless it was given one', () => {
    expect(new Access().redeemPassword('', here)).toMatchObject({ refused: { why: 'wrong' } });
  });

  it('lets a source wait for its own wrong ones, and no other', () => {
    const { access, clock } = onClock(password);
    const bad = there('192.0.2.1');
    for (let index = 0; index < 6; index++)
      expect(access.redeemPassword(`wrong ${index}`, bad)).toEqual({ refused: { why: 'wrong' } });
    expect(access.redeemPassword(password, bad)).toEqual({ refused: { why: 'wait', waitMs: 5_000 } });
    secretOf(access.redeemPassword(password, there('192.0.2.2')));
    clock.nowMs = 5_000;
    secretOf(access.redeemPassword(password, bad));
    // It knows the password, so it begins anew.
    expect(access.redeemPassword('wrong', bad)).toEqual({ refused: { why: 'wrong' } });
  });

  it('lets it wait longer each time, up to a bound, and does not count what it does not look at', () => {
    const { access, clock } = onClock(password);
    const bad = there('192.0.2.1');
    let looks = 0;
    const waits = new Set<number>();
    for (; clock.nowMs < 12 * hour; clock.nowMs += 1_000) {
      const entry = access.redeemPassword('wrong', bad);
      if ('refused' in entry && entry.refused.why === 'wait') waits.add(entry.refused.waitMs);
      else looks++;
    }
    expect(looks).toBeLessThan(70);
    expect(Math.max(...waits)).toBeLessThanOrEqual(15 * 60_000);
  });

  it('takes the addresses of one IPv6 network for one source, and of IPv4 each', () => {
    const { access } = onClock(password);
    for (let index = 0; index < 6; index++) access.redeemPassword('wrong', there(`2001:db8:0:1::${index + 1}`));
    expect(access.redeemPassword(password, there('2001:0DB8::1:aaaa:0:0:1'))).toMatchObject({
      refused: { why: 'wait' },
    });
    secretOf(access.redeemPassword(password, there('2001:db8:0:2::1')));
  });

  it('remembers a bounded number of sources', () => {
    const { access } = onClock(password);
    for (let index = 0; index < 6; index++) access.redeemPassword('wrong', there('192.0.2.1'));
    expect(access.redeemPassword('wrong', there('192.0.2.1'))).toMatchObject({ refused: { why: 'wait' } });
    for (let index = 0; index < 1000; index++)
      access.redeemPassword('wrong', there(`10.0.${index >> 8}.${index & 255}`));
    expect(access.redeemPassword('wrong', there('192.0.2.1'))).toMatchObject({ refused: { why: 'wrong' } });
  });

  it('always opens for a right one on this computer, where all sources are one', () => {
    const { access } = onClock(password);
    for (const address of ['127.0.0.1', '::1', '127.9.9.9']) {
      for (let index = 0; index < 100; index++)
        expect(access.redeemPassword('wrong', there(address))).toEqual({ refused: { why: 'wrong' } });
      secretOf(access.redeemPassword(password, there(address)));
    }
  });
});

describe('sessions', () => {
  it('are none without a right cookie', () => {
    const access = new Access();
    enter(access);
    for (const cookie of [undefined, '', ';', '=', sessionCookie(1), `${sessionCookie(1)}=`, `${sessionCookie(1)}=x`])
      expect(access.sessionOf(request(cookie), 1), cookie).toBeUndefined();
  });

  it('are found among cookies of one name that others have set', () => {
    const access = new Access();
    const name = sessionCookie(1);
    expect(access.sessionOf(request(`${name}=theirs; ${name}=${enter(access)}; ${name}=x`), 1)).toBeDefined();
  });

  it('have a cookie of their own with TLS, which others of the domain can not set', () => {
    const access = new Access();
    const session = enter(access);
    expect(access.sessionOf(request(`${sessionCookie(1, true)}=${session}`), 1, true)).toBeDefined();
    expect(access.sessionOf(request(`${sessionCookie(1)}=${session}`), 1, true)).toBeUndefined();
  });

  it('end when nobody used them for half a day, and not before', () => {
    const { access, clock } = onClock();
    const session = enter(access);
    const look = (): boolean => access.sessionOf(withSession(session), 1) !== undefined;
    clock.nowMs += sessionIdleMs - 1;
    expect(look()).toBe(true);
    access.sessionOf(withSession(session), 1)?.session.use();
    clock.nowMs += sessionIdleMs - 1;
    expect(look()).toBe(true);
    // Looking was no use.
    clock.nowMs += 1;
    expect(look()).toBe(false);
  });

  it('end after a month however much they are used', () => {
    const { access, clock } = onClock();
    const session = enter(access);
    for (; clock.nowMs < sessionMaxMs; clock.nowMs += hour) access.sessionOf(withSession(session), 1)?.session.use();
    expect(access.sessionOf(withSession(session), 1)).toBeUndefined();
  });

  it('go on while something is sent to them, and tell how long they last', () => {
    const { access, clock } = onClock();
    const secret = enter(access);
    const session = access.sessionOf(withSession(secret), 1)?.session;
    const release = session?.hold();
    clock.nowMs += 5 * sessionIdleMs;
    expect(session?.remainingMs()).toBe(sessionIdleMs);
    expect(access.sessionOf(withSession(secret), 1)).toBeDefined();
    release?.();
    clock.nowMs += hour;
    expect(session?.remainingMs()).toBe(sessionIdleMs - hour);
    clock.nowMs = sessionMaxMs - 1;
    expect(session?.remainingMs()).toBe(0);
  });

  it('tell what hangs on them that they are over, and why', () => {
    const { access, clock } = onClock();
    const told: string[] = [];
    const follow = (secret: string): void => {
      const found = access.sessionOf(withSession(secret), 1);
      found?.session.onEnd((why) => told.push(why));
      found?.session.onEnd(() => told.push('never'))();
    };
    follow(enter(access));
    clock.nowMs += sessionIdleMs;
    access.sessions.sweep();
    const secret = enter(access);
    follow(secret);
    access.sessions.end('this', access.sessionOf(withSession(secret), 1)?.session);
    follow(enter(access));
    for (let index = 0; index < maxSessions; index++) {
      clock.nowMs += 1;
      enter(access);
    }
    expect(told).toEqual(['unused', 'logged-out', 'too-many']);
  });

  it('are bounded in number: the one that was unused for longest goes', () => {
    const { access, clock } = onClock();
    const first = enter(access);
    const second = enter(access);
    clock.nowMs = 1;
    access.sessionOf(withSession(first), 1)?.session.use();
    for (let index = 0; index < maxSessions - 1; index++) enter(access);
    expect(access.sessionOf(withSession(first), 1)).toBeDefined();
    expect(access.sessionOf(withSession(second), 1)).toBeUndefined();
  });

  it('are listed, the latest used first, and can be ended one by one', () => {
    const { access, clock } = onClock();
    const [one, two] = [enter(access), enter(access, there('192.0.2.1'))];
    clock.nowMs = hour;
    const own = access.sessionOf(withSession(two), 1)?.session;
    if (own === undefined) throw new Error('no session');
    own.use();
    const list = access.sessions.list(own);
    expect(list).toMatchObject([
      {
        address: '192.0.2.1',
        browser,
        isThis: true,
        madeAt: '1970-01-01T00:00:00.000Z',
        usedAt: '1970-01-01T01:00:00.000Z',
      },
      { address: '127.0.0.1', isThis: false },
    ]);
    expect(JSON.stringify(list)).not.toContain(one);
    expect(access.sessions.end(list[1]?.id ?? '', own)).toBe(true);
    expect(access.sessions.end(list[1]?.id ?? '', own)).toBe(false);
    expect(access.sessionOf(withSession(one), 1)).toBeUndefined();
    expect(access.sessionOf(withSession(two), 1)).toBeDefined();
  });

  it('are all forgotten at once, and links that wait with them', () => {
    const access = new Access();
    const token = access.issueToken();
    const sessions = [enter(access), enter(access)];
    access.forgetAll();
    for (const session of sessions) expect(access.sessionOf(withSession(session), 1)).toBeUndefined();
    expect(access.redeemToken(token, here)).toEqual({ refused: 'too-old' });
    enter(access);
  });
});
