import { render } from 'preact';
import { startPage } from '../screens/start-page.ts';
import { watchView } from '../screens/watch-view.ts';
import { Welcome } from './welcome.tsx';

render(<Welcome {...watchView()} now={Date.now} />, startPage('options_welcome'));
