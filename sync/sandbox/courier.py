"""The courier: outgoing calls of a remote (hooks, pushes) over kept-alive connections, a few at a time."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import requests
from requests.adapters import HTTPAdapter

CONCURRENT = 8
SUCCESS = range(200, 300)
# The platform's own default for such calls (service framework) is 30 s; a test should not wait that long.
TIMEOUT_SECONDS = 10.0


class Courier:
    """Posts messages from threads so that the remote keeps answering meanwhile."""

    def __init__(self, concurrent: int = CONCURRENT) -> None:
        self._pool = ThreadPoolExecutor(concurrent, thread_name_prefix="courier")
        self._session = requests.Session()
        self._session.trust_env = False
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_connections=2, pool_maxsize=concurrent))

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], auth: tuple[str, str] | None = None
    ) -> int | None:
        """Post once and return the status, or None if no answer came."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, self._post, url, body, headers, auth)

    def _post(
        self, url: str, body: bytes, headers: Mapping[str, str], auth: tuple[str, str] | None
    ) -> int | None:
        try:
            answer = self._session.post(
                url, data=body, headers=headers, auth=auth, timeout=TIMEOUT_SECONDS, allow_redirects=False
            )
        except requests.RequestException:
            return None
        return answer.status_code

    async def deliver(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        auth: tuple[str, str] | None = None,
        retries: int = 2,
        pause: float = 1.0,
    ) -> int | None:
        """Post until the answer is 2xx and return the last status.

        At most `retries` times more, `pause` seconds apart.
        """
        status = await self.post(url, body, headers, auth)
        for _ in range(retries):
            if status is not None and status in SUCCESS:
                break
            await asyncio.sleep(pause)
            status = await self.post(url, body, headers, auth)
        return status

    def close(self) -> None:
        """Let go of the threads and connections."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._session.close()
