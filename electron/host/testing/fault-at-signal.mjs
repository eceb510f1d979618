/** Puts a fault into a process: at SIGWINCH a promise rejects and a listener throws, and nothing catches either. */
process.on('SIGWINCH', () => {
  void Promise.reject(new Error('a stray promise'));
  setTimeout(() => {
    throw new Error('a stray listener');
  }, 0);
});
