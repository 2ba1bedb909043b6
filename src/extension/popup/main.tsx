import { render } from 'preact';
import { browser } from '../messaging/browser.ts';
import { call } from '../messaging/call.ts';
import { startPage } from '../screens/start-page.ts';
import { watchView } from '../screens/watch-view.ts';
import { Popup } from './popup.tsx';

const body = startPage('common_name');
render(<Popup {...watchView()} now={Date.now} />, body);
call('page/look', null);
browser.tabs.getCurrent().then((tab) => body.classList.toggle('in-tab', tab !== undefined));
