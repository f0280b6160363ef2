// Makes a file name of a title: letters and digits stay, accents go, all else becomes one hyphen.
export function slug(title, maxLength = 60) {
  const plain = title
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  if (plain.length <= maxLength) return plain || 'untitled';
  // Cut between words where there is a word end that leaves at least half of the length.
  const cut = plain.lastIndexOf('-', maxLength);
  return cut >= maxLength / 2 ? plain.slice(0, cut) : plain.slice(0, maxLength);
}

export function uniqueSlug(title, taken) {
  const base = slug(title);
  let candidate = base;
  for (let number = 2; taken.has(candidate); number++) candidate = `${base}-${number}`;
  taken.add(candidate);
  return candidate;
}
