/** How long a browser may take until it has read the file, ms. */
const keptMs = 60_000;

/** Gives a text to the person as a file: to the system's share sheet in an app on iOS, which has no downloads, else by download. */
export async function saveFile(name: string, type: string, text: string): Promise<void> {
  const file = new File([text], name, { type });
  const isIosApp = 'standalone' in navigator && navigator.standalone === true;
  if (isIosApp && navigator.canShare?.({ files: [file] })) {
    await navigator.share({ files: [file] });
    return;
  }
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // Some browsers read it only after the click has ended.
  setTimeout(() => URL.revokeObjectURL(link.href), keptMs);
}
