import process from 'node:process';

/**
 * Imported before anything else by every program of ours: what it makes, and what programs make that it starts, is for its
 * user alone, whatever the shell or the system's default says. A guest's disk, its memory and its sockets are as secret as
 * what is in the guest.
 */
process.umask(0o077);
