/** The time in any page or worker, as JavaScript: ms since 1970 with fractions. */
export const now = 'performance.timeOrigin + performance.now()';

/** In the background: notes when the badge was given which text, in `badge`, for `badgeTimeOf`. */
export const watchBadge = `
  globalThis.badge = [];
  const show = chrome.action.setBadgeText.bind(chrome.action);
  chrome.action.setBadgeText = async (details) => {
    await show(details);
    badge.push({ text: details.text, at: ${now} });
    globalThis.badgeNoted?.();
  };
`;

/** In the background: forgets what was noted. */
export const forgetBadge = 'void (badge.length = 0)';

/**
 * In the background: when the badge was first given `text`, or any but none where that is null, since `forgetBadge`; ms
 * since 1970. Waits 10 s for it.
 */
export const badgeTimeOf = (text: string | null) => `new Promise((resolve, reject) => {
  const isWanted = ({ text }) => ${text === null ? `text !== ''` : `text === ${JSON.stringify(text)}`};
  const late = setTimeout(() => reject(new Error('the badge did not come to ' + ${JSON.stringify(text)})), 10_000);
  globalThis.badgeNoted = () => {
    const found = badge.find(isWanted);
    if (!found) return;
    clearTimeout(late);
    resolve(found.at);
  };
  badgeNoted();
})`;
