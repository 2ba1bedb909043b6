import { openStream } from '../messaging/open-stream.ts';
import { listenToPage } from './page-requests.ts';

listenToPage({ page: window, openStream, now: () => performance.now() });
