#!/usr/bin/env python3
"""Makes the seeds of the fuzz targets with the formats' own tools: qemu-img, xorriso, sfdisk, tar, zip, plistlib.

Run it again when a format gets a further form; what is in the tree need not be made anew. Files beyond 4 KB are packed.
Inputs that once found a fault are named found-... and stay.
"""
import gzip, io, json, os, plistlib, shutil, struct, subprocess, sys, tarfile, tempfile, zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, '..', '..', '..')
CORPUS = os.path.join(HERE, 'corpus')


def seed(target, name, data):
    if isinstance(data, str):
        data = data.encode()
    folder = os.path.join(CORPUS, target)
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name)
    if len(data) > 4096:
        with open(path + '.gz', 'wb') as out:
            with gzip.GzipFile(filename='', fileobj=out, mode='wb', mtime=0) as packed:
                packed.write(data)
    else:
        with open(path, 'wb') as out:
            out.write(data)


def run(*command, **more):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **more)


def read(path):
    with open(path, 'rb') as file:
        return file.read()


def disk_images(folder):
    raw = os.path.join(folder, 'disk.img')
    with open(raw, 'wb') as file:
        file.truncate(1 << 20)
    run('/sbin/sfdisk', '-q', raw, input=b'label: gpt\nstart=40, size=1000, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B\nstart=1040, size=900, type=linux\n')
    seed('raw-disk', 'gpt', read(raw))
    master = os.path.join(folder, 'mbr.img')
    with open(master, 'wb') as file:
        file.truncate(128 << 10)
    run('/sbin/sfdisk', '-q', master, input=b'label: dos\nstart=8, size=100, type=83, bootable\n')
    seed('raw-disk', 'mbr', read(master))
    forms = [
        ('qcow2', 'v3', 'qcow2', ['-o', 'cluster_size=512']),
        ('qcow2', 'v2', 'qcow2', ['-o', 'compat=0.10,cluster_size=512']),
        ('qcow2', 'packed', 'qcow2', ['-c', '-o', 'cluster_size=4096']),
        ('vmdk', 'sparse', 'vmdk', ['-o', 'subformat=monolithicSparse']),
        ('vmdk', 'stream', 'vmdk', ['-o', 'subformat=streamOptimized']),
        ('vmdk', 'flat', 'vmdk', ['-o', 'subformat=monolithicFlat']),
        ('vmdk', 'split', 'vmdk', ['-o', 'subformat=twoGbMaxExtentSparse']),
        ('vdi', 'dynamic', 'vdi', []),
        ('vdi', 'fixed', 'vdi', ['-o', 'static=on']),
        ('vhd', 'dynamic', 'vpc', ['-o', 'force_size=on']),
        ('vhd', 'fixed', 'vpc', ['-o', 'subformat=fixed,force_size=on']),
        ('vhdx', 'dynamic', 'vhdx', ['-o', 'block_size=1M,log_size=1M']),
    ]
    small = os.path.join(folder, 'small.img')
    shutil.copy(raw, small)
    for target, name, form, options in forms:
        out = os.path.join(folder, f'{target}-{name}')
        run('qemu-img', 'convert', '-f', 'raw', '-O', form, *options, small, out)
        seed(target, name, read(out))
    # Kept states of the disk, and an image that is only changes to another.
    snapshots = os.path.join(folder, 'qcow2-v3')
    run('qemu-img', 'snapshot', '-c', 'one', snapshots)
    seed('qcow2', 'snapshot', read(snapshots))
    changes = os.path.join(folder, 'changes')
    run('qemu-img', 'create', '-q', '-f', 'qcow2', '-o', 'cluster_size=512', '-b', snapshots, '-F', 'qcow2', changes)
    seed('qcow2', 'backing', read(changes))


def discs(folder):
    tree = os.path.join(folder, 'tree')
    os.makedirs(os.path.join(tree, 'EFI/BOOT'))
    with open(os.path.join(tree, 'EFI/BOOT/BOOTX64.EFI'), 'wb') as file:
        file.write(b'MZ' + bytes(600))
    efi = os.path.join(tree, 'efi.img')
    with open(efi, 'wb') as file:
        file.truncate(64 << 10)
    run('mformat', '-i', efi, '-T', '128', '-h', '2', '-s', '8', '::')
    run('mmd', '-i', efi, '::/EFI', '::/EFI/BOOT')
    run('mcopy', '-i', efi, os.path.join(tree, 'EFI/BOOT/BOOTX64.EFI'), '::/EFI/BOOT/BOOTX64.EFI')
    out = os.path.join(folder, 'disc.iso')
    run('xorriso', '-as', 'mkisofs', '-quiet', '-V', 'INSTALL', '-e', 'efi.img', '-no-emul-boot', '-o', out, tree)
    seed('disc', 'efi', read(out))
    run('xorriso', '-as', 'mkisofs', '-quiet', '-V', 'DATA', '-o', out + '2', os.path.join(tree, 'EFI'))
    seed('disc', 'data', read(out + '2'))


OVF = '''<?xml version="1.0" encoding="UTF-8"?>
<ovf:Envelope xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1" xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData" xmlns:vmw="http://www.vmware.com/schema/ovf">
<ovf:References><ovf:File ovf:id="f1" ovf:href="web-disk1.vmdk"/></ovf:References>
<ovf:DiskSection><ovf:Info>Disks</ovf:Info><ovf:Disk ovf:diskId="d1" ovf:fileRef="f1" ovf:capacity="48" ovf:capacityAllocationUnits="byte * 2^20"/></ovf:DiskSection>
<ovf:VirtualSystem ovf:id="web"><ovf:Name>Web &amp; mail</ovf:Name>
<ovf:OperatingSystemSection ovf:id="96" vmw:osType="debian12_64Guest"><ovf:Description>Debian</ovf:Description></ovf:OperatingSystemSection>
<ovf:VirtualHardwareSection>
<ovf:Item><rasd:InstanceID>1</rasd:InstanceID><rasd:ResourceType>3</rasd:ResourceType><rasd:VirtualQuantity>2</rasd:VirtualQuantity></ovf:Item>
<ovf:Item><rasd:InstanceID>2</rasd:InstanceID><rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits><rasd:ResourceType>4</rasd:ResourceType><rasd:VirtualQuantity>1536</rasd:VirtualQuantity></ovf:Item>
<ovf:Item><rasd:InstanceID>3</rasd:InstanceID><rasd:ResourceType>20</rasd:ResourceType></ovf:Item>
<ovf:Item><rasd:InstanceID>4</rasd:InstanceID><rasd:Parent>3</rasd:Parent><rasd:AddressOnParent>0</rasd:AddressOnParent><rasd:ResourceType>17</rasd:ResourceType><rasd:HostResource>ovf:/disk/d1</rasd:HostResource></ovf:Item>
</ovf:VirtualHardwareSection></ovf:VirtualSystem></ovf:Envelope>
'''

VIRTUALBOX = OVF.replace('</ovf:VirtualHardwareSection>', '''</ovf:VirtualHardwareSection>
<vbox:Machine xmlns:vbox="http://www.virtualbox.org/ovf/machine"><vbox:Hardware><vbox:Network><vbox:Adapter slot="0" enabled="true"><vbox:NAT><vbox:Forwarding name="ssh" proto="1" hostip="127.0.0.1" hostport="2222" guestport="22"/></vbox:NAT></vbox:Adapter></vbox:Network></vbox:Hardware></vbox:Machine>''')


def descriptions():
    seed('ovf', 'vmware', OVF)
    seed('ovf', 'virtualbox', VIRTUALBOX)
    seed('ovf-manifest', 'sums', 'SHA256(web.ovf)= ' + 'ab' * 32 + '\nSHA1(web-disk1.vmdk)= ' + 'cd' * 20 + '\n')
    utm = {
        'Backend': 'QEMU', 'ConfigurationVersion': 4,
        'Information': {'Name': 'web', 'UUID': '5B2A6F3E-5F3B-4E0C-8A1E-2B1C4D5E6F70', 'Notes': 'of a friend'},
        'System': {'Architecture': 'x86_64', 'MemorySize': 2048, 'CPUCount': 2, 'Target': 'q35'},
        'Drive': [{'ImageName': 'a.qcow2', 'ImageType': 'Disk', 'Interface': 'VirtIO', 'ReadOnly': False, 'Identifier': 'x'}],
        'Network': [{'Mode': 'Emulated', 'MacAddress': '7a:0b:2c:00:4e:5f', 'PortForward': [{'Protocol': 'TCP', 'HostPort': 2222, 'GuestPort': 22}]}],
        'Sharing': {'DirectoryShareMode': 'None'}, 'Serial': [], 'Display': [], 'Sound': [], 'Input': {},
        'QEMU': {'UEFIBoot': True, 'Data': b'\x00\x01\x02', 'Number': 1.5},
    }
    for name, form in (('xml', plistlib.FMT_XML), ('binary', plistlib.FMT_BINARY)):
        seed('plist', f'utm-{name}', plistlib.dumps(utm, fmt=form))
    wide = {'text': 'Größe \U0001f4bb', 'list': [True, False, 255, 65536, 2**40, -1, plistlib.UID(3)], 'none': {}, 'bytes': b'x' * 300}
    seed('plist', 'kinds-binary', plistlib.dumps(wide, fmt=plistlib.FMT_BINARY))


def archives():
    for name, form in (('ustar', tarfile.USTAR_FORMAT), ('gnu', tarfile.GNU_FORMAT), ('pax', tarfile.PAX_FORMAT)):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode='w', format=form) as tar:
            for entry, data in (('web.ovf', OVF.encode()), ('web-disk1.vmdk', b'KDMV' + bytes(2000))):
                info = tarfile.TarInfo(entry)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
            if form != tarfile.USTAR_FORMAT:
                info = tarfile.TarInfo('n' * 150 + '.vmdk')
                info.size = 3
                tar.addfile(info, io.BytesIO(b'abc'))
        seed('tar', name, out.getvalue())
    restore = plistlib.dumps({'ProductVersion': '15.2', 'ProductBuildVersion': '24C101', 'SupportedProductTypes': ['VirtualMac2,1']})
    for name, method in (('stored', zipfile.ZIP_STORED), ('deflated', zipfile.ZIP_DEFLATED)):
        out = io.BytesIO()
        with zipfile.ZipFile(out, 'w', method) as archive:
            archive.writestr(zipfile.ZipInfo('BuildManifest.plist'), restore, method)
            archive.writestr(zipfile.ZipInfo('a/b.txt'), b'x' * 500, method)
        seed('zip', name, out.getvalue())
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w') as archive:
        with archive.open(zipfile.ZipInfo('BuildManifest.plist'), 'w', force_zip64=True) as entry:
            entry.write(restore)
    seed('zip', 'zip64', out.getvalue())
    fixtures = os.path.join(ROOT, 'electron/codecs/apple-archive/testing')
    for name in ('plain', 'stored', 'deflate', 'zlib', 'lz4', 'lzma'):
        seed('apple-archive', name, read(os.path.join(fixtures, f'{name}.aar')))
    for name in ('absolute', 'escape', 'link-out'):
        seed('apple-archive', name, read(os.path.join(fixtures, f'hostile-{name}.tvm')))


def lz4_stored(plain):
    """A frame of bytes that are not packed."""

    return struct.pack('<I', len(plain)) + b'bv4-' + struct.pack('<I', len(plain)) + plain + b'bv4$'


def compression():
    folder = os.path.join(ROOT, 'electron/codecs/lzfse/testing')
    for name, facts in json.loads(read(os.path.join(folder, 'vectors.json'))).items():
        if facts['plainBytes'] <= 1 << 20:
            stream = read(os.path.join(folder, f'{name}.lzfse'))
            if len(stream) <= 128 << 10:
                seed('lzfse', name, struct.pack('<I', facts['plainBytes']) + stream)
    seed('lz4', 'stored', lz4_stored(bytes(range(200))))
    # Eight literals, then a match of 100 bytes that overlaps itself, then five literals.
    block = bytes([0x8f]) + b'abcdefgh' + struct.pack('<H', 8) + bytes([81]) + bytes([0x50]) + b'vwxyz'
    plain = 8 + 100 + 5
    framed = struct.pack('<I', plain) + b'bv41' + struct.pack('<II', plain, len(block)) + block
    seed('lz4', 'match', framed + b'bv4$')
    # A second block whose match looks back into the first.
    second = bytes([0x06]) + struct.pack('<H', 60) + bytes([0x50]) + b'12345'
    more = b'bv41' + struct.pack('<II', 15, len(second)) + second
    seed('lz4', 'two-blocks', struct.pack('<I', plain + 15) + framed[4:] + more + b'bv4$')
    zeros = bytes([0x1f]) + b'\0' + struct.pack('<H', 1) + b'\xff' * 256 + bytes([44]) + bytes([0x50]) + bytes(5)
    length = 1 + (15 + 255 * 256 + 44 + 4) + 5
    seed('lz4', 'zeros', struct.pack('<I', length) + b'bv41' + struct.pack('<II', length, len(zeros)) + zeros + b'bv4$')


CONFIG = '''{
  "memorySize" : 17179869184,
  "arch" : "arm64",
  "os" : "%s",
  "cpuCountMin" : 4,
  "display" : {
    "width" : 1920,
    "height" : 1200,
    "unit" : "px"
  },
  "fromLaterTart" : {
    "path" : "\\/a\\/b",
    "serial" : 12345678901234567890
  },
  "cpuCount" : 4,
  "version" : 1,
  "macAddress" : "7a:0b:2c:00:4e:5f",
  "memorySizeMin" : 4294967296%s
}'''


def library():
    seed('config', 'linux', CONFIG % ('linux', ''))
    seed('config', 'darwin', CONFIG % ('darwin', ',\n  "ecid" : "YnBsaXN0MDA=",\n  "hardwareModel" : "YnBsaXN0MDA=",\n  "displayRefit" : true'))
    seed('sidecar', 'full', json.dumps({
        'notes': 'a note', 'tags': ['web', 'mail'], 'extraDisks': [{'path': 'data.img', 'readOnly': False}],
        'portForwards': [{'protocol': 'tcp', 'hostPort': 2222, 'guestPort': 22}], 'fromLater': {'x': [1, 2]}}))
    seed('sidecar', 'empty', '{}')
    seed('settings', 'some', json.dumps({
        'transfers.connections': 4, 'appearance': 'dark', 'registries.insecure': ['localhost:5000'], 'fromLater': {'x': 1}}))
    seed('settings', 'nested', json.dumps({'transfers': {'connections': 8}, 'newMachine': {'memoryGigabytes': None}}))


def registry():
    digest = 'sha256:' + 'ab' * 32
    tart = 'application/vnd.cirruslabs.tart.'
    layers = [{'mediaType': tart + 'config.v1', 'size': 300, 'digest': digest}]
    for _ in range(3):
        layers.append({'mediaType': tart + 'disk.v2', 'size': 1000, 'digest': digest, 'annotations': {
            'org.cirruslabs.tart.uncompressed-size': '500000', 'org.cirruslabs.tart.uncompressed-content-digest': digest}})
    layers.append({'mediaType': tart + 'nvram.v1', 'size': 64, 'digest': digest})
    manifest = {
        'schemaVersion': 2, 'mediaType': 'application/vnd.oci.image.manifest.v1+json',
        'config': {'mediaType': 'application/vnd.oci.image.config.v1+json', 'size': 100, 'digest': digest},
        'layers': layers, 'annotations': {
            'org.cirruslabs.tart.uncompressed-disk-size': '1500000', 'org.cirruslabs.tart.upload-time': '2026-01-02T03:04:05Z'}}
    seed('manifest', 'tart', json.dumps(manifest))
    seed('manifest', 'index', json.dumps({'schemaVersion': 2, 'manifests': [{'digest': digest}]}))
    seed('image-config', 'labels', json.dumps({'os': 'darwin', 'architecture': 'arm64', 'config': {'Labels': {'a': 'b', 'org.cirruslabs.tart.disk.format': 'raw'}}}))
    seed('image-config', 'empty', '{}')
    seed('reference', 'tag', 'ghcr.io/cirruslabs/ubuntu:latest')
    seed('reference', 'digest', '127.0.0.1:5000/team/web@' + digest)
    seed('reference', 'short', 'localhost/a')
    seed('http-head', 'ok', 'HTTP/1.1 206 Partial Content\r\nContent-Length: 100\r\nContent-Range: bytes 0-99/100\r\nRetry-After: 5\r\n\r\n')
    seed('http-head', 'moved', 'HTTP/1.0 307 Temporary Redirect\r\nLocation: https://a.example/x?y=z\r\n\r\n')


def network():
    seed('leases', 'mac', '{\n\tname=sequoia-ci\n\tip_address=192.168.64.12\n\thw_address=1,7a:65:e4:3f:b2:1\n\tidentifier=1,7a:65:e4:3f:b2:1\n\tlease=0x678e2ce7\n}\n'
         '{\n\tip_address=192.168.64.16\n\thw_address=ff,f1:f5:dd:7f:0:2:0:0:ab:11\n\tlease=0xffffffff\n}\n')
    seed('arp', 'mac', '? (192.168.64.12) at 7a:65:e4:3f:b2:1 on bridge100 ifscope [bridge]\nhost.local (10.0.0.1) at (incomplete) on en0 ifscope [ethernet]\n')
    seed('arp', 'proc', 'IP address       HW type     Flags       HW address            Mask     Device\n10.0.2.2         0x1         0x2         52:55:0a:00:02:02     *        eth0\n10.0.2.9         0x1         0x0         00:00:00:00:00:00     *        eth0\n')


def agents():
    interfaces = [{'name': 'lo', 'ip-addresses': [{'ip-address': '127.0.0.1', 'ip-address-type': 'ipv4', 'prefix': 8}]},
                  {'name': 'eth0', 'hardware-address': '7a:65:e4:3f:b2:01', 'ip-addresses': [
                      {'ip-address': '10.0.2.15', 'ip-address-type': 'ipv4', 'prefix': 24},
                      {'ip-address': 'fe80::1', 'ip-address-type': 'ipv6', 'prefix': 64}]}]
    seed('agent-address', 'usual', json.dumps({'return': interfaces}) + '\n')
    seed('agent-address', 'refused', json.dumps({'error': {'class': 'GenericError', 'desc': 'not enabled'}}) + '\n')
    seed('agent-exec', 'usual', json.dumps({'return': {'pid': 417}}) + '\n' + json.dumps(
        {'return': {'exited': True, 'exitcode': 3, 'out-data': 'aGVsbG8=', 'err-data': '', 'out-truncated': False}}) + '\n')
    seed('agent-exec', 'signal', json.dumps({'return': {'pid': 1}}) + '\n' + json.dumps({'return': {'exited': True, 'signal': 9}}) + '\n')
    # ExecResponse.exit, .standard_output and ResolveIPResponse, as protobuf writes them.
    seed('tart-agent', 'exit', bytes([0x0a, 0x02, 0x08, 0x2a]))
    seed('tart-agent', 'output', bytes([0x12, 0x07, 0x0a, 0x05]) + b'hello')
    seed('tart-agent', 'address', bytes([0x0a, 0x09]) + b'10.0.2.15')


def main():
    for folder, _, names in os.walk(CORPUS):
        for name in names:
            if not name.startswith('found-'):
                os.remove(os.path.join(folder, name))
    with tempfile.TemporaryDirectory() as folder:
        disk_images(folder)
        discs(folder)
    descriptions()
    archives()
    compression()
    library()
    registry()
    network()
    agents()


main()
