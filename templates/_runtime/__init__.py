"""What every generated call runs on. Private: import from the package itself."""
