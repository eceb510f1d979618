import { describe, expect, it } from 'vitest';
import { Access, allowedHosts, isLoopbackAddress, sessionCookie } from './access.ts';

type Request = Parameters<Access['isAllowed']>[0];
const request = (cookie: string | undefined): Request => ({ headers: cookie === undefined ? {} : { cookie } });
const withSession = (session: string | undefined): Request => request(`x=1; ${sessionCookie(1)}=${session ?? ''}; y=2`);

describe('Access', () => {
  it('takes each token once', () => {
    const access = new Access();
    const token = access.issueToken();
    const session = access.redeemToken(token);
    expect(session).toBeDefined();
    expect(access.redeemToken(token)).toBeUndefined();
    expect(access.isAllowed(withSession(session), 1)).toBe(true);
    expect(access.isAllowed(withSession(session), 2)).toBe(false);
  });

  it('lets several links be open at once', () => {
    const access = new Access();
    const [one, two] = [access.issueToken(), access.issueToken()];
    expect(one).not.toBe(two);
    expect(access.redeemToken(two)).toBeDefined();
    expect(access.redeemToken(one)).toBeDefined();
  });

  it('takes no token that is half a day old', () => {
    let nowMs = 0;
    const access = new Access(undefined, () => nowMs);
    const token = access.issueToken();
    nowMs = 12 * 3600_000 + 1;
    expect(access.redeemToken(token)).toBeUndefined();
  });

  it('allows nothing without a right cookie', () => {
    const access = new Access();
    access.redeemToken(access.issueToken());
    for (const cookie of [undefined, '', ';', '=', sessionCookie(1), `${sessionCookie(1)}=`, `${sessionCookie(1)}=x`])
      expect(access.isAllowed(request(cookie), 1), cookie).toBe(false);
  });

  it('looks at no secret for a while after too many wrong ones, and again after that', () => {
    let nowMs = 0;
    const access = new Access('a long password', () => nowMs);
    const token = access.issueToken();
    for (let index = 0; index < 20; index++) access.redeemPassword(`wrong ${index}`);
    expect(access.redeemPassword('a long password')).toBeUndefined();
    expect(access.redeemToken(token)).toBeUndefined();
    nowMs = 60_001;
    expect(access.redeemPassword('a long password')).toBeDefined();
    expect(access.redeemToken(token)).toBeDefined();
  });

  it('has no password unless it was given one', () => {
    expect(new Access().redeemPassword('')).toBeUndefined();
  });
});

describe('allowedHosts', () => {
  it('are the names of this computer for a loopback address', () => {
    expect([...allowedHosts('127.0.0.1', 8080)].sort()).toEqual(['127.0.0.1:8080', '[::1]:8080', 'localhost:8080']);
  });

  it('are only those that were given for another', () => {
    expect([...allowedHosts('10.0.0.5', 8443, ['vm.example'])]).toEqual(['10.0.0.5:8443', 'vm.example:8443']);
    expect([...allowedHosts('fd00::1', 8443)]).toEqual(['[fd00::1]:8443']);
  });

  it('may lack the port that browsers leave out', () => {
    expect(allowedHosts('10.0.0.5', 443, ['vm.example']).has('vm.example')).toBe(true);
    expect(allowedHosts('10.0.0.5', 8443, ['vm.example']).has('vm.example')).toBe(false);
  });
});

describe('isLoopbackAddress', () => {
  it('knows what only this computer can reach', () => {
    for (const host of ['127.0.0.1', '127.1.2.3', 'localhost', '::1']) expect(isLoopbackAddress(host), host).toBe(true);
    for (const host of ['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.evil.example', '128.0.0.1', ''])
      expect(isLoopbackAddress(host), host).toBe(false);
  });
});
