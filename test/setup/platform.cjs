/** Features that some tests need: the reason why this machine lacks one, or undefined if it has it. */
exports.LACKS = {
  root: process.getuid?.() === 0 ? undefined : 'needs root',
  devFull: process.platform === 'linux' ? undefined : `no /dev/full on ${process.platform}`,
  chromium:
    process.platform === 'linux' && process.arch === 'x64'
      ? undefined
      : `no Chromium package for ${process.platform}-${process.arch}`,
};
