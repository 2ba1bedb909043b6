/** The built app's files, which the build puts in. */
declare const __APP_FILES__: import('./offline.ts').AppFiles;
