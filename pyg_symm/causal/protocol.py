"""The protocol of scikit-learn's estimators, without scikit-learn."""

import inspect
from typing import Any


class Estimator:
    r"""Parameters of an estimator: the arguments of its constructor, kept as they are.

    If scikit-learn is installed, estimators can be cloned, searched over and put into pipelines.
    """

    @classmethod
    def _parameters(cls) -> list[str]:
        return [name for name in inspect.signature(cls.__init__).parameters if name != "self"]

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The arguments of the constructor by name."""
        return {name: getattr(self, name) for name in self._parameters()}

    def set_params(self, **params: Any) -> "Estimator":
        """Changes arguments of the constructor.

        Raises:
            ValueError: If there is no such argument.
        """
        for name, value in params.items():
            if name not in (names := self._parameters()):
                raise ValueError(f"Invalid parameter {name!r}; valid ones are {names}")
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        defaults = inspect.signature(type(self).__init__).parameters
        shown = []
        for name, value in self.get_params().items():
            if value is not defaults[name].default:
                shown.append(f"{name}={value!r}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "n_features_in_")

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import InputTags, RegressorTags, Tags, TargetTags

        return Tags(
            estimator_type="regressor",
            target_tags=TargetTags(required=True),
            regressor_tags=RegressorTags(),
            input_tags=InputTags(),
        )

    def _check_fitted(self) -> None:
        """Raises scikit-learn's error, or one of the same kind, before ``fit``."""
        if self.__sklearn_is_fitted__():
            return
        message = f"this {type(self).__name__} is not fitted yet; call 'fit' first"
        try:
            from sklearn.exceptions import NotFittedError
        except ImportError:
            raise ValueError(message) from None
        raise NotFittedError(message)
