import { describe, expect, it } from 'vitest';
import { lineSources, parseUris, stanzaSources } from './debian-packages.ts';

describe('lineSources', () => {
  it('reads what sources.list(5) shows as examples', () => {
    const text = `# comment
deb https://mirror.example/debian stable main contrib non-free-firmware
deb-src https://mirror.example/debian stable main
  deb [ arch=amd64,armel signed-by=/usr/share/keyrings/debian-archive-keyring.gpg ] http://mirror.example/debian bookworm main # ours
deb [trusted=yes] file:///home/apt/debian unstable/`;
    expect(lineSources(text)).toEqual([
      {
        uri: 'https://mirror.example/debian',
        suite: 'stable',
        components: ['main', 'contrib', 'non-free-firmware'],
        options: '',
      },
      {
        uri: 'http://mirror.example/debian',
        suite: 'bookworm',
        components: ['main'],
        options: '[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ',
      },
      { uri: 'file:///home/apt/debian', suite: 'unstable/', components: [], options: '' },
    ]);
  });
});

describe('stanzaSources', () => {
  it('reads what Debian images ship, one source for each suite', () => {
    const text = `Types: deb
# a comment inside
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb deb-src
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main contrib
`;
    const options = '[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ';
    expect(stanzaSources(text)).toEqual([
      { uri: 'http://mirror.example/debian', suite: 'bookworm', components: ['main'], options },
      { uri: 'http://mirror.example/debian', suite: 'bookworm-updates', components: ['main'], options },
      {
        uri: 'http://mirror.example/debian-security',
        suite: 'bookworm-security',
        components: ['main', 'contrib'],
        options: '',
      },
    ]);
  });

  it('leaves out sources of code only, and those that are turned off', () => {
    const rest = 'URIs: http://mirror.example/debian\nSuites: bookworm\nComponents: main\n';
    expect(stanzaSources(`Types: deb-src\n${rest}`)).toEqual([]);
    expect(stanzaSources(`Types: deb\nEnabled: no\n${rest}`)).toEqual([]);
    expect(stanzaSources('\n\n# nothing here\n')).toEqual([]);
  });

  it('leaves a key that is written out in the file to the package manager', () => {
    const text = 'Types: deb\nURIs: http://x.example\nSuites: bookworm\nComponents: main\nSigned-By:\n -----BEGIN PGP';
    expect(stanzaSources(text)).toMatchObject([{ options: '' }]);
  });
});

describe('parseUris', () => {
  it('reads what apt-get download --print-uris prints', () => {
    const output = `'http://mirror.example/debian/pool/main/b/busybox/busybox-static_1.35.0-4%2bdeb12u1%2bb1_amd64.deb' busybox-static_1%3a1.35.0-4+deb12u1+b1_amd64.deb 904684 SHA256:4d1f
'http://mirror.example/debian/pool/main/z/zlib/zlib1g_1.2.13.dfsg-1_amd64.deb' zlib1g_1%3a1.2.13.dfsg-1_amd64.deb 86664 SHA256:d7dd
`;
    expect(parseUris(output)).toEqual([
      {
        name: 'busybox-static',
        fileName: 'busybox-static_1%3a1.35.0-4+deb12u1+b1_amd64.deb',
        bytes: 904684,
        hash: 'SHA256:4d1f',
      },
      { name: 'zlib1g', fileName: 'zlib1g_1%3a1.2.13.dfsg-1_amd64.deb', bytes: 86664, hash: 'SHA256:d7dd' },
    ]);
  });
});
