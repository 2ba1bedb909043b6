import { render } from 'preact';
import '../../ui/tokens.css';
import './provider.css';
import { startText } from '../../ui/catalogue.ts';
import { createApi } from './api.ts';
import { App } from './app.tsx';

await startText();
const api = createApi((path, init) => fetch(path, init));
render(<App api={api} now={Date.now} />, document.getElementById('app') as HTMLElement);
