import { render } from 'preact';
import { startPage } from '../screens/start-page.ts';
import { watchView } from '../screens/watch-view.ts';
import { Options } from './options.tsx';

render(<Options {...watchView()} />, startPage('options_title'));
