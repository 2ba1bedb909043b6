/** The time in any page or worker, as JavaScript: ms since 1970 with fractions. */
export const now = 'performance.timeOrigin + performance.now()';

/**
 * In the background: remembers in `badgeAt` when the badge was first given a text since that was last null; where
 * `badgeWanted` is set, that text.
 */
export const watchBadge = `
  const show = chrome.action.setBadgeText.bind(chrome.action);
  chrome.action.setBadgeText = async (details) => {
    await show(details);
    if (details.text !== '' && details.text === (globalThis.badgeWanted ?? details.text)) globalThis.badgeAt ??= ${now};
  };
`;
