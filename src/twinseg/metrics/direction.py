"""Which way a metric is better, by its name in the usual spellings: decided here, nowhere else."""

import re
from enum import Enum

from twinseg.metrics.table import METRICS


class Direction(Enum):
    """Which values of a metric are better."""

    HIGHER = "higher"
    LOWER = "lower"
    SIGNED = "signed"  # best at 0: neither more nor less is better
    UNKNOWN = "unknown"


_HIGHER = """
dice dsc dc f1 fscore f1score dicescore dicecoefficient dicesimilaritycoefficient sorensendice
jaccard jaccardindex jaccardscore jaccardcoefficient jac iou miou meaniou
meandice avgdice intersectionoverunion bfscore
sensitivity sens sen recall rec tpr truepositiverate hitrate
specificity spec spe tnr truenegativerate selectivity
precision prec ppv positivepredictivevalue npv negativepredictivevalue
accuracy acc balancedaccuracy bacc kappa cohenskappa cohenkappa mcc matthewscorrelationcoefficient
auc auroc rocauc aucroc auprc prauc aucpr ap map averageprecision youden youdenindex youdensj
nsd nsdc normalizedsurfacedice normalisedsurfacedice normalizedsurfacedistance
normalisedsurfacedistance surfacedice surfacedsc surfacedicescore surfaceoverlap cldice
centerlinedice vs volumesimilarity volumetricsimilarity volumeoverlap overlap
pq rq sq panopticquality recognitionquality segmentationquality
psnr ssim msssim ncc r2 pearson pearsonr spearman spearmanr icc correlation
tp truepositive truepositives tn truenegative truenegatives
"""
_LOWER = """
hd hd95 95hd hd99 99hd hd100 hd90 hausdorff hausdorff95 95hausdorff hausdorffdistance
hausdorffdistance95 hausdorff95distance 95hausdorffdistance 95thhausdorffdistance
95thpercentilehausdorffdistance 95percentilehausdorffdistance hausdorffdistance95percentile
hausdorffdistance95thpercentile hd95percentile percentile95hausdorffdistance
robusthausdorff robusthausdorffdistance modifiedhausdorffdistance ahd averagehausdorff
averagehausdorffdistance avghausdorffdistance
assd asd masd msd msd2 assd95 rmsd rmssd asymmetricsurfacedistance symmetricsurfacedistance
averagesurfacedistance avgsurfacedistance meansurfacedistance surfacedistance
averagesymmetricsurfacedistance avgsymmetricsurfacedistance meansymmetricsurfacedistance
meanaveragesurfacedistance rootmeansquaresurfacedistance maximumsurfacedistance
boundarydistance contourdistance averageboundarydistance centerdistance centroiddistance
centredistance voe volumeoverlaperror ravd arvd avd absolutevolumedifference
relativeabsolutevolumedifference absoluterelativevolumedifference absolutevolumeerror
relativeabsolutevolumeerror
fpr falsepositiverate fallout fnr falsenegativerate missrate fdr falsediscoveryrate fomr
falseomissionrate type1rate typeirate type2rate typeiirate type1error type2error
fp falsepositive falsepositives fn falsenegative falsenegatives falsepositivevolume
falsenegativevolume fpv fnv
ece expectedcalibrationerror mce maximumcalibrationerror ace brier brierscore nll
negativeloglikelihood loss diceloss celoss crossentropy crossentropyloss bce bceloss logloss
focalloss ged hammingdistance hamming
mae mse rmse nrmse mape rmae meanabsoluteerror meansquarederror rootmeansquarederror
absoluteerror squarederror mad
time runtime inferencetime seconds duration latency walltime elapsed elapsedtime
"""
_SIGNED = """
rvd vd rvde relativevolumedifference relativevolumeerror volumedifference volumeerror bias
signeddifference volumebias meandifference meanerror sizedifference signedvolumedifference
"""
_SIDES = ((_HIGHER, Direction.HIGHER), (_LOWER, Direction.LOWER), (_SIGNED, Direction.SIGNED))
_KNOWN = {word: side for words, side in _SIDES for word in words.split()}
_UNITS = {"mm", "cm", "um", "px", "pixel", "pixels", "voxel", "voxels", "vox", "ms", "s", "sec"}
_NUMBERED = r"\d{1,2}|\d+(mm|px)|(class|label)\d+"
# Words that say of what, or over what, a metric was computed, and do not turn it around.
_ASIDE = {
    "mean", "avg", "average", "median", "val", "valid", "validation", "test", "train", "training",
    "class", "label", "cls", "foreground", "fg", "binary", "bin", "global", "per", "case",
    "instance", "object", "lesion", "lesionwise", "lesions", "wise", "tumor", "tumour", "organ",
    "kidney", "liver", "prostate", "wt", "tc", "et", "micro", "macro", "weighted", "volumetric",
    "symmetric", "boundary", "score", "coefficient", "coef", "index", "metric", "value", "sq", "2d",
    "3d", "in", "at", "over", "thresholds",
}  # fmt: skip


def direction(metric: str) -> Direction:
    """Tell from its name which values of ``metric`` are better.

    Capitals, blanks, ``_ - . %`` and units are no matter: "HD95 (mm)", "hd_95" and "95% HD" are one
    metric, "Dice.1" and "mean_dice" are Dice. A name with any other word in it is unknown:
    "1 - Dice" and "dice_std" are not Dice.
    """
    if metric in METRICS:
        return Direction.HIGHER if METRICS[metric].higher_is_better else Direction.LOWER
    if re.match(r"\s*1[\W_]", metric):  # 1 - Dice
        return Direction.UNKNOWN
    words = re.findall(r"[a-z0-9]+", metric.lower())
    for first in range(len(words)):
        for last in range(len(words), first, -1):
            side = _KNOWN.get("".join(words[first:last]))
            if side and all(_is_aside(word) for word in words[:first] + words[last:]):
                return side
    return Direction.UNKNOWN


def higher_is_better(metric: str) -> bool | None:
    """Tell whether more is better; None where the name does not say, or 0 is best."""
    return {Direction.HIGHER: True, Direction.LOWER: False}.get(direction(metric))


def _is_aside(word: str) -> bool:
    return word in _ASIDE or word in _UNITS or re.fullmatch(_NUMBERED, word) is not None


def infinite_may_be_good(metric: str) -> bool:
    """Tell whether the best value of a metric is infinite, as that of a signal-to-noise ratio."""
    return bool({"psnr", "snr"} & set(re.findall(r"[a-z]+", metric.lower())))
