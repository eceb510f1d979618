"""A program with Tart's locks that works on the home in argv[1], beside Tatins; it shares no code with them.

It answers each line of its input, "SPIN VERB WORDS", with "done" or a word that says why not. argv[2] is a folder in which
whoever holds a lock keeps a file: two can't have the same. Locks: fcntl on config.json while a machine runs or is deleted,
flock on the home while something is moved into place, flock on every entry of tmp/ that is in use.
"""
import fcntl, json, os, random, shutil, sys, time, uuid

HOME, HELD = sys.argv[1], sys.argv[2]
VMS, TMP = os.path.join(HOME, 'vms'), os.path.join(HOME, 'tmp')
DISK_BYTES = 131072


class Refused(Exception):
    pass


class HomeLock:
    def __enter__(self):
        self.fd = os.open(HOME, os.O_RDONLY)
        fcntl.flock(self.fd, fcntl.LOCK_EX)

    def __exit__(self, *_):
        os.close(self.fd)


class RunLock:
    """What `tart run` holds on config.json; raises Refused if somebody has it."""

    def __init__(self, folder):
        self.path = os.path.join(folder, 'config.json')

    def __enter__(self):
        try:
            self.file = open(self.path, 'r+b')
        except FileNotFoundError:
            raise Refused('vm-not-found')
        try:
            fcntl.lockf(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.file.close()
            raise Refused('vm-running')
        # Somebody may have moved it away between the two.
        if os.fstat(self.file.fileno()).st_nlink == 0 or not os.path.exists(self.path):
            self.file.close()
            raise Refused('vm-not-found')
        return os.fstat(self.file.fileno()).st_ino

    def __exit__(self, *_):
        self.file.close()


def alone_at(place):
    path = os.path.join(HELD, str(place))
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        raise Refused(f'broken-lock Two programs hold {place}.')
    time.sleep(random.random() * 0.003)
    os.unlink(path)


def folder_of(name):
    folder = os.path.join(VMS, name)
    if not os.path.isdir(folder):
        raise Refused('vm-not-found')
    return folder


def config():
    mac = ':'.join(f'{byte:02x}' for byte in [0x02, *random.randbytes(5)])
    return {'version': 1, 'os': 'linux', 'arch': 'arm64', 'cpuCountMin': 1, 'cpuCount': 1, 'memorySizeMin': 1 << 29,
            'memorySize': 1 << 30, 'macAddress': mac, 'display': {'width': 1024, 'height': 768}, 'diskFormat': 'raw'}


def place(name, fill):
    """Builds aside under a lock that sweeps respect, and moves into place under the home's."""
    staged = os.path.join(TMP, str(uuid.uuid4()).upper())
    os.mkdir(staged)
    try:
        fd = os.open(staged, os.O_RDONLY)
    except FileNotFoundError:
        raise Refused('swept')
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fill(staged)
        with HomeLock():
            if os.path.lexists(os.path.join(VMS, name)):
                raise Refused('vm-exists')
            alone_at('home')
            os.rename(staged, os.path.join(VMS, name))
    except (BlockingIOError, FileNotFoundError):
        # A sweep came between the making of the folder and its lock; Tart has the same gap.
        raise Refused('swept')
    finally:
        shutil.rmtree(staged, ignore_errors=True)
        os.close(fd)


def create(name, mark):
    def fill(folder):
        with open(os.path.join(folder, 'config.json'), 'w') as file:
            json.dump(config(), file)
        with open(os.path.join(folder, 'nvram.bin'), 'w') as file:
            file.write('variables')
        with open(os.path.join(folder, 'disk.img'), 'w') as file:
            file.write((mark.ljust(31) + '\n') * (DISK_BYTES // 32))
    place(name, fill)


def clone(name, new):
    source = folder_of(name)

    def fill(folder):
        # As `tart clone`: the disk is read under a shared lock, which keeps deletion of an image off, and the MAC is new.
        with open(os.path.join(source, 'config.json')) as file:
            copied = json.load(file)
        copied['macAddress'] = config()['macAddress']
        with open(os.path.join(folder, 'config.json'), 'w') as file:
            json.dump(copied, file)
        for part in ('nvram.bin', 'disk.img'):
            if os.path.exists(os.path.join(source, part)):
                shutil.copyfile(os.path.join(source, part), os.path.join(folder, part))
            elif part == 'disk.img':
                raise FileNotFoundError(part)
    try:
        place(new, fill)
    except ValueError:
        raise Refused('vm-unreadable')


def rename(name, new):
    folder = folder_of(name)
    if os.path.lexists(os.path.join(VMS, new)):
        raise Refused('vm-exists')
    try:
        # Tart takes no lock here, and moves without replacing.
        os.rename(folder, os.path.join(VMS, new))
    except OSError:
        raise Refused('vm-not-found')


def remove(name):
    folder = folder_of(name)
    with RunLock(folder):
        # config.json goes last, so that whoever looks sees a machine without a disk and no folder that is none.
        while os.path.isdir(folder):
            for part in sorted(os.listdir(folder), key=lambda part: part == 'config.json'):
                os.unlink(os.path.join(folder, part))
            try:
                os.rmdir(folder)
            except OSError:
                # Somebody wrote a note into it in between.
                pass


def hold(name):
    folder = folder_of(name)
    with HomeLock():
        alone_at('home')
        lock = RunLock(folder)
        inode = lock.__enter__()
    try:
        alone_at(inode)
    finally:
        lock.__exit__()


def sweep():
    for entry in os.listdir(TMP):
        path = os.path.join(TMP, entry)
        try:
            fd = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path, ignore_errors=True)
        except BlockingIOError:
            pass
        finally:
            os.close(fd)


def read_all():
    for name in os.listdir(VMS):
        try:
            with open(os.path.join(VMS, name, 'config.json'), 'r+b') as file:
                # Asks who runs it, as `tart list` does.
                fcntl.fcntl(file, fcntl.F_GETLK, bytes(32))
        except (FileNotFoundError, NotADirectoryError):
            pass


VERBS = {'create': create, 'clone': clone, 'rename': rename, 'remove': remove, 'hold': hold, 'sweep': sweep, 'list': read_all}

print('ready', flush=True)
for line in sys.stdin:
    spin, verb, *words = line.split()
    time.sleep(int(spin) / 1e6)
    try:
        VERBS[verb](*words)
        answer = 'done'
    except Refused as refused:
        answer = str(refused)
    except Exception as error:
        answer = f'unexpected {error!r}'
    print(answer, flush=True)
