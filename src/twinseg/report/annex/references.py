"""The literature that the methods text cites, once."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    """One work.

    Attributes:
        kind: Of BibTeX: article, inproceedings, book.
        author: Names as BibTeX wants them.
        title: Of the work.
        where: Journal, proceedings or archive.
        year: Of publication.
        more: Volume, pages, DOI or archive number, where they are certain.
    """

    kind: str
    author: str
    title: str
    where: str
    year: int
    more: tuple[tuple[str, str], ...] = ()

    @property
    def in_words(self) -> str:
        """The reference as it stands in a list."""
        names = self.author.split(" and ")
        people = names[0] if len(names) == 1 else f"{names[0]} and others" if len(names) > 2 else (
            f"{names[0]} and {names[1]}"
        )  # fmt: skip
        found = dict(self.more)
        at = ", ".join(found[part] for part in ("volume", "pages", "eprint") if part in found)
        return f"{people}. {self.title}. {self.where}{' ' + at if at else ''} ({self.year})."


REFERENCES = {
    "ghosal2021": Reference(
        "article", "Ghosal, Sambuddha and Shah, Pratik",
        "A deep-learning toolkit for visualization and interpretation of segmented medical images",
        "Cell Reports Methods", 2021,
        (("volume", "1"), ("pages", "100107"), ("eprint", "arXiv:2011.05791")),
    ),
    "ronneberger2015": Reference(
        "inproceedings", "Ronneberger, Olaf and Fischer, Philipp and Brox, Thomas",
        "U-Net: Convolutional Networks for Biomedical Image Segmentation", "MICCAI", 2015,
        (("eprint", "arXiv:1505.04597"),),
    ),
    "sandler2018": Reference(
        "inproceedings",
        "Sandler, Mark and Howard, Andrew and Zhu, Menglong and Zhmoginov, Andrey and Chen, "
        "Liang-Chieh",
        "MobileNetV2: Inverted Residuals and Linear Bottlenecks", "CVPR", 2018,
        (("eprint", "arXiv:1801.04381"),),
    ),
    "tan2019": Reference(
        "inproceedings", "Tan, Mingxing and Le, Quoc V.",
        "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", "ICML", 2019,
        (("eprint", "arXiv:1905.11946"),),
    ),
    "simonyan2015": Reference(
        "inproceedings", "Simonyan, Karen and Zisserman, Andrew",
        "Very Deep Convolutional Networks for Large-Scale Image Recognition", "ICLR", 2015,
        (("eprint", "arXiv:1409.1556"),),
    ),
    "he2016": Reference(
        "inproceedings", "He, Kaiming and Zhang, Xiangyu and Ren, Shaoqing and Sun, Jian",
        "Deep Residual Learning for Image Recognition", "CVPR", 2016,
        (("eprint", "arXiv:1512.03385"),),
    ),
    "deng2009": Reference(
        "inproceedings",
        "Deng, Jia and Dong, Wei and Socher, Richard and Li, Li-Jia and Li, Kai and Fei-Fei, Li",
        "ImageNet: A Large-Scale Hierarchical Image Database", "CVPR", 2009,
    ),
    "loshchilov2019": Reference(
        "inproceedings", "Loshchilov, Ilya and Hutter, Frank",
        "Decoupled Weight Decay Regularization", "ICLR", 2019, (("eprint", "arXiv:1711.05101"),),
    ),
    "smith2019": Reference(
        "inproceedings", "Smith, Leslie N. and Topin, Nicholay",
        "Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates",
        "Artificial Intelligence and Machine Learning for Multi-Domain Operations Applications",
        2019, (("eprint", "arXiv:1708.07120"),),
    ),
    "milletari2016": Reference(
        "inproceedings", "Milletari, Fausto and Navab, Nassir and Ahmadi, Seyed-Ahmad",
        "V-Net: Fully Convolutional Neural Networks for Volumetric Medical Image Segmentation",
        "3DV", 2016, (("eprint", "arXiv:1606.04797"),),
    ),
    "wilcoxon1945": Reference(
        "article", "Wilcoxon, Frank", "Individual Comparisons by Ranking Methods",
        "Biometrics Bulletin", 1945, (("volume", "1"), ("pages", "80-83")),
    ),
    "holm1979": Reference(
        "article", "Holm, Sture", "A Simple Sequentially Rejective Multiple Test Procedure",
        "Scandinavian Journal of Statistics", 1979, (("volume", "6"), ("pages", "65-70")),
    ),
    "efron1987": Reference(
        "article", "Efron, Bradley", "Better Bootstrap Confidence Intervals",
        "Journal of the American Statistical Association", 1987,
        (("volume", "82"), ("pages", "171-185")),
    ),
    "warfield2004": Reference(
        "article", "Warfield, Simon K. and Zou, Kelly H. and Wells, William M.",
        "Simultaneous Truth and Performance Level Estimation (STAPLE): An Algorithm for the "
        "Validation of Image Segmentation",
        "IEEE Transactions on Medical Imaging", 2004, (("volume", "23"), ("pages", "903-921")),
    ),
    "angelopoulos2022": Reference(
        "article",
        "Angelopoulos, Anastasios N. and Bates, Stephen and Fisch, Adam and Lei, Lihua and "
        "Schuster, Tal",
        "Conformal Risk Control", "arXiv", 2022, (("eprint", "arXiv:2208.02814"),),
    ),
    "selvaraju2017": Reference(
        "inproceedings",
        "Selvaraju, Ramprasaath R. and Cogswell, Michael and Das, Abhishek and Vedantam, "
        "Ramakrishna and Parikh, Devi and Batra, Dhruv",
        "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization", "ICCV",
        2017, (("eprint", "arXiv:1610.02391"),),
    ),
    "adebayo2018": Reference(
        "inproceedings",
        "Adebayo, Julius and Gilmer, Justin and Muelly, Michael and Goodfellow, Ian and Hardt, "
        "Moritz and Kim, Been",
        "Sanity Checks for Saliency Maps", "NeurIPS", 2018, (("eprint", "arXiv:1810.03292"),),
    ),
}  # fmt: skip


def numbered(keys: Sequence[str]) -> dict[str, int]:
    """Return the number of each work in the order of its first mention, from 1."""
    return {key: number for number, key in enumerate(dict.fromkeys(keys), start=1)}


def bibtex(keys: Sequence[str]) -> str:
    """Return the works as BibTeX, in that order, without any twice."""
    return "\n".join(_entry(key, REFERENCES[key]) for key in dict.fromkeys(keys))


def _entry(key: str, work: Reference) -> str:
    place = "journal" if work.kind == "article" else "booktitle"
    fields = {"author": work.author, "title": f"{{{work.title}}}", place: work.where}
    fields |= {"year": str(work.year), **dict(work.more)}
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@{work.kind}{{{key},\n{lines}\n}}\n"
