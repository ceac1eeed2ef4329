"""Lists, folders and globs: what they name, and what is refused and in which words."""

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from inpaint.errors import InputError
from inpaint.pictures.lists import find_pictures

ROOT = Path(__file__).resolve().parent.parent
PNG = cv2.imencode(".png", np.zeros((2, 2, 3), np.uint8))[1].tobytes()


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Paths in a list are relative to the current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(*paths, content=PNG):
    """Files, whatever their names, that hold a PNG."""
    for path in paths:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(content)


def listed(text, name="train.flist"):
    Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return name


def message_of(*arguments, **settings):
    with pytest.raises(InputError) as caught:
        find_pictures(*arguments, **settings)
    message = str(caught.value)
    assert message.isprintable()
    return message


class TestLists:
    def test_the_order_is_kept_and_repeats_count(self):
        put("b.png", "a.png")
        found = find_pictures(listed("b.png\na.png\nb.png"))
        assert list(found.images) == ["b.png", "a.png", "b.png"]
        assert found.edges is None
        assert (len(found), found.unusable) == (3, 0)
        assert found.paths(1) == ("a.png", None)

    def test_blank_lines_and_blanks_around_a_line_do_not_count(self):
        put("a.png", "b.png")
        text = "\ufeff\n  a.png\t\r\n \t\r\n\n\nb.png "
        assert list(find_pictures(listed(text)).images) == ["a.png", "b.png"]

    @pytest.mark.parametrize(
        "name", ["#1.png", "two  words.png", "Δ.png", "a\x0cb.png"]
    )
    def test_nothing_in_a_line_is_special(self, name):
        put(name)
        assert list(find_pictures(listed(f"{name}\n")).images) == [name]

    def test_a_tab_is_part_of_an_unguided_path(self):
        put("a\tb.png")
        assert list(find_pictures(listed("a\tb.png\n")).images) == ["a\tb.png"]

    def test_a_path_need_not_be_utf_8(self):
        path = os.fsdecode(b"caf\xe9.png")
        put(path)
        assert list(find_pictures(listed(b"caf\xe9.png\n")).images) == [path]

    def test_absolute_paths_and_path_like_lists_are_read(self, here):
        put("pictures/a.png")
        listed(f"{here}/pictures/a.png")
        found = find_pictures(here / "train.flist")
        assert list(found.images) == [f"{here}/pictures/a.png"]

    @pytest.mark.parametrize("text", ["", "\n \n\t\n"])
    def test_an_empty_list_is_refused(self, text):
        assert message_of(listed(text)) == "train.flist: lists no pictures"

    def test_what_is_no_text_is_refused(self):
        put("train.npz", content=b"PK\x03\x04\0\0")
        expected = "train.npz: expected a text file, one picture's path a line"
        assert message_of("train.npz") == expected

    def test_a_missing_list_is_named(self):
        expected = "none.flist: expected a list, folder or glob of pictures"
        assert message_of("none.flist") == expected


class TestGuidedLists:
    @pytest.mark.parametrize(
        ("line", "image", "edge"),
        [
            ("a.png", "a.png", "a_edge.jpg"),
            ("a.jpeg", "a.jpeg", "a._edge.jpg"),
            ("two words.png", "two words.png", "two words_edge.jpg"),
            ("a.png\tsketch.png", "a.png", "sketch.png"),
            ("two words.png\tmy sketch.png", "two words.png", "my sketch.png"),
            ("a.png \t sketch.png", "a.png", "sketch.png"),
            ("a.png sketch.png", "a.png", "sketch.png"),
            ("a.png   sketch.png", "a.png", "sketch.png"),
        ],
    )
    def test_a_line_names_a_picture_and_its_edges(self, line, image, edge):
        put(image, edge)
        found = find_pictures(listed(line), guided=True)
        assert found.paths(0) == (image, edge)

    def test_a_line_that_is_a_file_as_a_whole_is_one_path(self):
        put("a.png", "a.png b.png", "a.png b_edge.jpg")
        found = find_pictures(listed("a.png b.png"), guided=True)
        assert found.paths(0) == ("a.png b.png", "a.png b_edge.jpg")

    def test_missing_edges_are_refused(self):
        put("a.png", "a_edge.jpg", "b.png")
        assert message_of(listed("a.png\n\nb.png"), guided=True) == (
            "train.flist: 1 of 2 pictures cannot be used: "
            "line 3: b_edge.jpg: does not exist"
        )

    def test_a_missing_picture_beside_words_is_named_as_a_whole(self):
        message = message_of(listed("my photo.png"), guided=True)
        assert message.endswith("line 1: my photo.png: does not exist")

    def test_a_folder_has_edges_beside_its_pictures(self):
        put("in/b.png", "in/b_edge.jpg", "in/a.JPG", "in/a_edge.jpg")
        found = find_pictures("in", guided=True)
        assert found.paths(0) == ("in/a.JPG", "in/a_edge.jpg")
        assert found.paths(1) == ("in/b.png", "in/b_edge.jpg")

    def test_a_folder_without_edges_is_refused(self):
        put("in/a.png", "in/b.png")
        assert message_of("in", guided=True) == (
            "in: 2 of 2 pictures cannot be used: "
            "in/a_edge.jpg: does not exist; in/b_edge.jpg: does not exist"
        )


class TestCheck:
    def test_unusable_lines_are_counted_and_the_first_named(self):
        put("a.png", "broken/text.png", content=b"hello")
        put("good.png")
        put("empty.png", content=b"")
        Path("folder.png").mkdir()
        lines = ["good.png", "none.png", "", "empty.png", "a.png", "folder.png"]
        assert message_of(listed("\n".join(lines))) == (
            "train.flist: 4 of 5 pictures cannot be used: "
            "line 2: none.png: does not exist; "
            "line 4: empty.png: is empty; "
            "line 5: a.png: expected an image file: this is not one, is damaged, or is "
            "in a format that this OpenCV does not read; …"
        )

    @pytest.mark.parametrize(
        ("path", "fault"),
        [
            ("folder", "is not a file"),
            ("pipe", "is not a file"),
            ("a.png/b.png", "Not a directory"),
            ("x" * 300, "File name too long"),
            ("link.png", "does not exist"),
        ],
    )
    def test_what_is_no_file_is_refused(self, path, fault):
        put("a.png")
        Path("folder").mkdir()
        os.mkfifo("pipe")
        os.symlink("nowhere.png", "link.png")
        assert message_of(listed(path)).endswith(f"line 1: {path}: {fault}")

    def test_unprintable_paths_are_escaped(self):
        message = message_of(listed(b"\x1b[31m\xe9.png"))
        assert message.endswith(r"line 1: \x1b[31m\udce9.png: does not exist")

    def test_any_format_that_opencv_reads_passes_by_its_content(self):
        pixels = np.zeros((4, 4, 3), np.uint8)
        names = [
            f"{extension[1:]}.picture"
            for extension in (".jpg", ".png", ".bmp", ".webp", ".tif", ".ppm")
            if cv2.imwrite(f"image{extension}", pixels)
            and Path(f"image{extension}").rename(f"{extension[1:]}.picture")
        ]
        assert list(find_pictures(listed("\n".join(names))).images) == names

    def test_the_count_is_right_beyond_what_one_thread_looks_at(self):
        put("a.png")
        lines = ["a.png"] * 2500
        lines[999] = lines[1000] = lines[2400] = "b.png"
        assert message_of(listed("\n".join(lines))) == (
            "train.flist: 3 of 2500 pictures cannot be used: "
            + "; ".join(f"line {i}: b.png: does not exist" for i in (1000, 1001, 2401))
        )

    def test_they_are_kept_and_counted_where_they_may_be_skipped(self):
        put("a.png")
        path = listed("a.png\nb.png\nc.png")
        found = find_pictures(path, skip_unreadable=True)
        assert list(found.images) == ["a.png", "b.png", "c.png"]
        assert found.unusable == 2

    def test_one_at_least_has_to_pass(self):
        message = message_of(listed("b.png\nc.png"), skip_unreadable=True)
        assert message.startswith("train.flist: 2 of 2 pictures cannot be used: line 1")

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_a_protected_file_is_refused(self):
        put("a.png")
        os.chmod("a.png", 0)
        assert "a.png: cannot be read: Permission denied" in message_of(listed("a.png"))


class TestFolders:
    def test_all_below_is_found_sorted_whatever_the_case(self):
        names = ["b/2.JPG", "b/10.jpg", "a.Png", "c.webp", "b/d/e.bmp", "b/d/f.jpeg"]
        put(*(f"in/{name}" for name in names))
        found = find_pictures("in")
        assert list(found.images) == [
            "in/a.Png",
            "in/b/10.jpg",
            "in/b/2.JPG",
            "in/b/d/e.bmp",
            "in/b/d/f.jpeg",
            "in/c.webp",
        ]

    def test_edges_hidden_files_and_other_files_are_no_pictures(self):
        put("in/a.png", "in/a_edge.jpg", "in/._b.jpg", "in/.thumbnails/c.jpg")
        put("in/notes.txt", "in/d.jpg.part", "in/e.gif")
        assert list(find_pictures("in").images) == ["in/a.png"]

    def test_links_are_followed_once(self):
        put("in/a.png", "elsewhere/b.png")
        os.symlink("../elsewhere", "in/link")
        os.symlink("../elsewhere", "in/another")
        os.symlink("..", "in/round")
        os.symlink("../elsewhere/b.png", "in/c.png")
        found = list(find_pictures("in").images)
        assert found == ["in/a.png", "in/another/b.png", "in/c.png"]

    @pytest.mark.parametrize("name", ["photos [2019]", "Δ*", "in.jpg"])
    def test_a_folder_of_any_name_is_searched(self, name):
        put(f"{name}/a.png")
        assert list(find_pictures(name).images) == [f"{name}/a.png"]

    @pytest.mark.parametrize("source", ["empty", "empty/*", "*.gif", "a_edge.jpg"])
    def test_no_pictures_are_refused(self, source):
        Path("empty").mkdir()
        put("a.gif", "a_edge.jpg")
        assert message_of(source) == (
            f"{source}: no pictures found (files named .jpg, .jpeg, .png, .bmp, "
            ".webp, .tif, .tiff)"
        )

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_a_protected_folder_is_named(self):
        put("in/a.png", "in/b/c.png")
        os.chmod("in/b", 0)
        try:
            assert message_of("in") == "in/b: cannot be read: Permission denied"
        finally:
            os.chmod("in/b", 0o700)

    def test_unusable_files_are_named_without_lines(self):
        put("in/a.png")
        put("in/b.png", content=b"")
        expected = "in: 1 of 2 pictures cannot be used: in/b.png: is empty"
        assert message_of("in") == expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("in/*.jpg", ["in/b.jpg"]),
        ("in/*", ["in/a.png", "in/b.jpg", "in/y1/c.png", "in/y2/d.png"]),
        ("in/y?", ["in/y1/c.png", "in/y2/d.png"]),
        ("in/**/*.png", ["in/a.png", "in/y1/c.png", "in/y2/d.png"]),
        ("in/**", ["in/a.png", "in/b.jpg", "in/y1/c.png", "in/y2/d.png"]),
        ("in/y1/c.png", ["in/y1/c.png"]),
    ],
)
def test_globs(pattern, expected):
    put("in/b.jpg", "in/a.png", "in/y1/c.png", "in/y2/d.png", "in/note.txt")
    assert list(find_pictures(pattern).images) == expected


def test_the_check_does_without_tensorflow(here):
    put("a.png")
    code = (
        "import sys; from inpaint.pictures.lists import find_pictures\n"
        f"find_pictures({str(here)!r})\n"
        "print(sorted({'tensorflow', 'keras'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


class TestMasksByName:
    def test_places_and_names_in_two_folders(self):
        put("in/a.png", "in/b/a.jpg", "m/b/a_mask.png", "m/a.png", "m/c.png")
        found = find_pictures("in", masks="m")
        assert list(zip(found.images, found.masks)) == [
            ("in/a.png", "m/a.png"),
            ("in/b/a.jpg", "m/b/a_mask.png"),
        ]

    def test_one_folder_of_both(self):
        put("in/a.png", "in/a_mask.png", "in/a_edge.jpg")
        found = find_pictures("in", guided=True, masks="in")
        assert (found.images, found.masks) == (["in/a.png"], ["in/a_mask.png"])
        assert found.edges == ["in/a_edge.jpg"]

    def test_names_alone_of_a_list(self):
        put("x/b.png", "y/a.png", "m/a.png", "m/z/b_mask.png")
        found = find_pictures(listed("x/b.png\ny/a.png"), masks="m")
        assert found.masks == ["m/z/b_mask.png", "m/a.png"]

    @pytest.mark.parametrize(
        ("files", "lines", "message"),
        [
            (["m/b.png"], "a.png", "m: no mask for 1 of 1 pictures: a.png"),
            (
                ["m/a.png", "m/a_mask.png"],
                "a.png",
                "a.png: expected one mask, got m/a.png and m/a_mask.png",
            ),
            (
                ["m/a.png", "x/a.png"],
                "a.png\nx/a.png",
                "x/a.png: expected pictures of different names: a.png would have the "
                "same mask, m/a.png",
            ),
        ],
    )
    def test_what_is_refused(self, files, lines, message):
        put("a.png", *files)
        assert message_of(listed(lines), masks="m") == message


def test_maps_of_what_is_known_are_no_pictures():
    put("in/a.png", "in/a_valid.png", "in/b.jpg")
    found = find_pictures("in", valid=True)
    assert (found.images, found.valid) == (
        ["in/a.png", "in/b.jpg"],
        ["in/a_valid.png", None],
    )
    assert len(find_pictures("in")) == 3
    assert find_pictures("in").valid is None
