import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkNative } from './native-check.mjs';
import { queueProblems } from './native-check/queue-rule.mjs';

/** Takes the place of the missing function in a file that is right as it is. */
const good = '[machine pauseWithCompletionHandler:^(NSError* error) { if (error != nil) return; }];';

/** @type {Record<string, { line: string, says: RegExp }>} */
const plants = {
  'a wrong selector': { line: '[machine pauseWithCompletionBlock:nil];', says: /pauseWithCompletionBlock/ },
  'a wrong block signature': {
    line: '[machine pauseWithCompletionHandler:^(NSString* text, int count) { (void)text; (void)count; }];',
    says: /NSString \*__strong, int/,
  },
  'a wrong delegate type': { line: 'machine.delegate = @"nobody";', says: /id<VZVirtualMachineDelegate>/ },
  'an unguarded newer API': {
    line: '[machine saveMachineStateToURL:[NSURL fileURLWithPath:@"/x"] completionHandler:^(NSError* e) { (void)e; }];',
    says: /only available on macOS 14\.0 or newer/,
  },
  'a class that may not be made with new': { line: '(void)[VZVirtualMachine new];', says: /unavailable/ },
  'a null pointer, which only the analyzer sees': {
    line: 'int* count = nullptr; if (machine.canPause) *count = 1;',
    says: /core\.NullDereference/,
  },
  'a queue of its own': {
    line: 'dispatch_async(dispatch_get_main_queue(), ^{ (void)machine; });',
    says: /only queue\.mm may/,
  },
  'what Intel Macs lack': { line: '(void)machine; (void)[[VZMacOSBootLoader alloc] init];', says: /not on Intel Macs/ },
};

/** Declares a class of macOS 15 by itself, without saying since when it is there, as a copied header would. */
const strong = `#import <Foundation/Foundation.h>

@interface VZUSBController : NSObject
@end

id Planted(void);

id Planted(void) {
  return [[VZUSBController alloc] init];
}
`;

/** @param {string} line */
function sourceWith(line) {
  return `#import <Virtualization/Virtualization.h>\n\nvoid Planted(VZVirtualMachine* machine);\n\nvoid Planted(VZVirtualMachine* machine) {\n  ${line}\n}\n`;
}

describe('The check of the native addon', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tatin-native-check-'));
  /** @type {import('./native-check.mjs').Outcome} */
  let real;

  beforeAll(async () => {
    real = await checkNative();
  }, 1_200_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** @param {string} source */
  const checkSource = async (source) => {
    const sources = mkdtempSync(join(folder, 'planted-'));
    writeFileSync(join(sources, 'planted.mm'), source);
    const outcome = await checkNative({ sources, folder: join(sources, 'objects') });
    if ('skipped' in outcome) throw new Error(`It was skipped: ${outcome.skipped}`);
    return outcome.problems.join('\n');
  };
  /** @param {string} line */
  const check = (line) => checkSource(sourceWith(line));

  it('finds nothing wrong with native/vz', (context) => {
    if ('skipped' in real) {
      context.skip(real.skipped);
      return;
    }
    expect(real.problems).toEqual([]);
    expect(real.files).toBeGreaterThan(20);
  });

  it('finds nothing wrong where nothing is', async (context) => {
    if ('skipped' in real) context.skip(real.skipped);
    expect(await check(good)).toBe('');
  });

  for (const [what, { line, says }] of Object.entries(plants))
    it(`finds ${what}`, async (context) => {
      if ('skipped' in real) context.skip(real.skipped);
      expect(await check(line)).toMatch(says);
    });

  it('finds a newer class that the addon would not load without', async (context) => {
    if ('skipped' in real) context.skip(real.skipped);
    expect(await checkSource(strong)).toMatch(/VZUSBController came with macOS 15 and is not weak/);
  });

  it('says why it is skipped where there are no declarations', async (context) => {
    if (process.platform === 'darwin') context.skip('a Mac has the SDK');
    const before = process.env.TATIN_VZ_DECLARATIONS;
    process.env.TATIN_VZ_DECLARATIONS = join(folder, 'nothing');
    try {
      expect(await checkNative()).toEqual({ skipped: expect.stringContaining('Virtualization.framework') });
    } finally {
      if (before === undefined) delete process.env.TATIN_VZ_DECLARATIONS;
      else process.env.TATIN_VZ_DECLARATIONS = before;
    }
  });

  it('finds a function for JavaScript that checks neither thread nor exceptions', () => {
    const bare = 'Napi::Value Bare(Info info) {\n  return info.Env().Undefined();\n}\n';
    expect(queueProblems('addon.mm', bare)).toEqual([
      'Bare in addon.mm is called by JavaScript without Guarded, Promised or Do',
    ]);
    expect(queueProblems('addon.mm', bare.replace('return', 'return Guarded('))).toEqual([]);
  });
});
