# docker build -t deepfill .
# docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/data" deepfill \
#     fill photo.jpg mask.png -o filled.jpg
FROM python:3.12-slim

# What OpenCV's wheel leaves to the system.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgl1 libglib2.0-0 \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /src
COPY pyproject.toml setup.py README.md LICENSE ./
COPY inpaint inpaint
RUN pip install --no-cache-dir . && rm -rf /src/*

RUN useradd --create-home filler
USER filler
WORKDIR /data
ENTRYPOINT ["inpaint"]
CMD ["--help"]
