/** What tests need that not every machine has: why this one lacks it, or undefined where it has it. */
exports.LACKS = {
  root: process.getuid?.() === 0 ? undefined : 'needs root, and this run is an ordinary user’s',
  chromium:
    process.platform === 'linux' && process.arch === 'x64'
      ? undefined
      : `there is no Chromium in a package for ${process.platform}-${process.arch}`,
};
